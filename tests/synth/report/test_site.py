"""The page needs nothing else, is the same every time, and has all data beside it."""

import base64
import csv
import io
import json
import re
from html.parser import HTMLParser

from lmul_pe.synth.report.site import breakable, code, data_files, page

COMMAND = "make report"


class Elements(HTMLParser):
    """Every opening tag with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.all = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.all.append((tag, dict(attributes)))


def test_the_page_is_whole(text, data):
    elements = Elements(text).all
    identifiers = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for tag, attributes in elements:
        assert "src" not in attributes, tag
        target = attributes.get("href", "#")
        if target.startswith("#"):
            assert target == "#" or target[1:] in identifiers
        else:
            assert target.startswith("data:")
        for name in attributes.get("aria-labelledby", "").split():
            assert name in identifiers
    assert not re.search(r"https?:", text)
    assert 'class="missing"' not in text
    # Text of the data is text.
    assert "lmul of bf16 &lt;&amp;&gt; so on" in text
    # Equal data are equal bytes.
    assert page(data, COMMAND) == text


def test_every_picture_and_table_names_its_command(text):
    elements = Elements(text).all
    assert sum(tag == "figure" for tag, _ in elements) == sum(tag == "svg" for tag, _ in elements)
    assert len(
        re.findall(r"<figcaption>.*?<code>(?:make|lmul-pe) [^<]*</code></figcaption>", text)
    ) == sum(tag == "figure" for tag, _ in elements)
    assert len(re.findall(r'<p class="made"><code>(?:make|lmul-pe) ', text)) == sum(
        tag == "table" for tag, _ in elements
    )


def test_links_hold_the_tables(text, data):
    links = {
        attributes["download"]: attributes["href"]
        for tag, attributes in Elements(text).all
        if tag == "a" and "download" in attributes
    }
    content = base64.b64decode(links["designs.csv"].split(",", 1)[1]).decode()
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [row["name"] for row in rows] == [design.name for design in data.designs]


def test_what_is_not_there_says_what_makes_it(bare):
    text = page(bare, COMMAND)
    missing = re.findall(r'<p class="missing">(.*?)</p>', text)
    assert len(missing) == 5
    command = re.compile(r"<code>(make claims|make synth|lmul-pe curves)")
    assert all(command.search(each) for each in missing)


def test_every_row_is_in_a_file(data):
    files = data_files(data, COMMAND)
    content = json.loads(files["data/report.json"])
    assert (content["formats"], content["command"]) == (["e4m3", "bf16"], COMMAND)
    for name, rows in content.items():
        if isinstance(rows, list) and name != "formats":
            assert rows, name
            read = list(csv.DictReader(io.StringIO(files[f"data/{name}.csv"].decode())))
            assert len(read) == len(rows)
            assert list(read[0]) == list(rows[0])


def test_names_of_designs_can_be_broken():
    assert breakable("lmul_<e4m3>_raw") == "lmul_<wbr>&lt;e4m3&gt;_<wbr>raw"


def test_backquotes_are_code():
    assert code("run `make <x>` & wait") == "run <code>make &lt;x&gt;</code> &amp; wait"
