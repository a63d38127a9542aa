"""What the installed package says of itself."""

import email
import re
from importlib.metadata import PackageNotFoundError

import pytest

from lmul_pe.model.command import project


def saying(text):
    return lambda name: email.message_from_string(text)


def test_the_version_is_that_of_the_project():
    assert re.fullmatch(r"\d+\.\d+\.\d+", project.version())


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Project-URL: Repository, https://example.org/a,b", "https://example.org/a,b"),
        ("Project-URL: Repository, https://example.org/a, b", "https://example.org/a, b"),
        ("Project-URL: Homepage, https://example.org", ""),
        ("Version: 1", ""),
    ],
)
def test_the_repository_is_the_address_of_that_name(monkeypatch, text, address):
    monkeypatch.setattr(project, "metadata", saying(text))
    assert project.repository() == address


def test_what_is_not_installed_says_so(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(project, "metadata", missing)
    assert (project.version(), project.repository()) == ("(not installed)", "")
