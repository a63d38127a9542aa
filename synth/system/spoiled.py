"""What a lever spoils, as the studies of ``make accuracy`` and ``make train`` have measured it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from lmul_pe.model import FloatFormat
from lmul_pe.model.choices import SpecificationError
from lmul_pe.model.network.arithmetic import SCALES, Arithmetic
from lmul_pe.model.network.weights import SMOLLM2
from lmul_pe.model.study import adapters, command, experts, quantised, train
from lmul_pe.model.study.interval import Estimate
from lmul_pe.model.study.language_report import LANGUAGE, figures, percent
from lmul_pe.model.study.part import Part
from lmul_pe.model.study.results import read
from lmul_pe.model.study.spread import difference, shown
from lmul_pe.model.study.training_report import DIGITS

ACCURACY, TRAIN = command.FOLDER, train.FOLDER

_PLACES = {"attention": "in attention", "linear": "in all layers"}


@dataclass(frozen=True)
class Spoilt:
    """What an arithmetic does to the answers of a language model.

    Parameters
    ----------
    scale
        Of the scales studied the one that spoils least.
    loss, kl
        By how much perplexity is above that of fp32, as a share of it; divergence from fp32, in
        nats.
    """

    scale: str
    loss: Estimate
    kl: Estimate


class Spoiled:
    """Results of studies, where they have been computed.

    Parameters
    ----------
    accuracy, training
        Folders of ``make accuracy`` and ``make train``.

    Members
    -------
    Those by something give words, "not measured" where there is no result; all raise a
    SpecificationError where a file holds something else.
    """

    def __init__(self, accuracy: Path = ACCURACY, training: Path = TRAIN):
        self._accuracy = accuracy
        self._training = training

    def least(self, format: FloatFormat, kind: str, where: str) -> Spoilt | None:
        """By products of a kind with the paper's offset; None where they are not studied."""
        found = []
        for scale in SCALES:
            try:
                arithmetic = Arithmetic(format, kind, where=where, scale=scale)
            except SpecificationError:
                return None
            if arithmetic.name in self._language:
                scored = figures(self._language[arithmetic.name])
                found.append(Spoilt(scale, scored.loss, scored.kl))
        return min(found, key=lambda each: each.kl.value, default=None)

    def by_arithmetic(self, format: FloatFormat, kind: str, where: str) -> str:
        """The same in words."""
        found = self.least(format, kind, where)
        if found is None:
            return _missing("accuracy", LANGUAGE)
        scaled = "" if found.scale == "none" else f", scaled by {found.scale}"
        return f"perplexity {percent(found.loss)} % ({SMOLLM2.model}, {_PLACES[where]}{scaled})"

    def by_bits(self, bits: int) -> str:
        """Weights in so many bits, by group."""
        known = read(quantised.QUANTISED, self._training)
        for name, each in quantised.QUANTISERS.items():
            if each.bits == bits and name in known:
                loss = figures(known[name].scores).loss
                return f"perplexity {percent(loss)} % ({SMOLLM2.model}, {name})"
        return _missing("train", quantised.QUANTISED)

    def by_training(self, key: str) -> str:
        """A recipe of the digits, by its name, against the same without what the lever is."""
        known = read(DIGITS, self._training)
        base = ", ".join(key.split(", ")[:2])
        if key not in known or base not in known:
            return _missing("train", DIGITS)
        return _points([run.accuracy for run in known[key]], [run.accuracy for run in known[base]])

    def by_network(self, name: str) -> str:
        """A smaller network, or one of experts, against the wide one."""
        known = read(experts.EXPERTS, self._training)
        own, wide = (known.get(f"{each}, fp32") for each in (name, experts.TWO))
        if own is None or wide is None:
            return _missing("train", experts.EXPERTS)
        return _points(*([each.run.accuracy for each in seeds] for seeds in (own, wide)))

    def by_adapters(self, every: bool) -> str:
        """Adapters against training the matrices themselves."""
        known = read(adapters.ADAPTERS, self._training)
        name = adapters.LORA_EVERYWHERE if every else adapters.LORA
        if name not in known or adapters.FULL not in known:
            return _missing("train", adapters.ADAPTERS)
        own, full = (np.mean(adapters.gains(known[each])) for each in (name, adapters.FULL))
        return (
            f"perplexity of unseen texts {own:+.1f} %, {full:+.1f} % where {adapters.FULL} is "
            f"trained (last {adapters.BLOCKS} blocks of {SMOLLM2.model})"
        )

    @cached_property
    def _language(self) -> Mapping[str, Any]:
        return read(LANGUAGE, self._accuracy)


def _missing(target: str, part: Part) -> str:
    return f"not measured (make {target} PARTS={part.name})"


def _points(own: list[float], base: list[float]) -> str:
    return f"{shown(difference(own, base), 100, 1)} points of digits"
