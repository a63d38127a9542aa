"""Points by hand."""

from lmul_pe.synth.sweep.point import Point


def point(design="lmul_e4m3", energy=10.0, area=5.0, delay=100.0, error=0.05, **others):
    """A point of a multiplier of e4m3, unless told otherwise."""
    given = {
        "key": f"{design}{others.get('target_ps')}{others.get('effort')}",
        "design": design,
        "level": "multiplier",
        "kind": design.partition("_")[0],
        "format": "e4m3",
        "multiplier": design,
        "accumulator": "",
        "lanes": 1,
        "shape": "",
        "dataflow": "",
        "technology": "nangate45",
        "target_ps": None,
        "effort": "quick",
        "clock_ps": delay + 100,
        "energy_fj": energy,
        "functional_fj": energy,
        "glitch_fj": energy,
        "clock_fj": 0.0,
        "leakage_fj": 0.0,
        "area_um2": area,
        "least_area_um2": area,
        "gate_equivalents": area,
        "delay_ps": delay,
        "mean_error": error,
        "sum_error": None,
        "recipe": "gates/area",
        "products_checked": 1,
        "source": "s",
        "tools": "numpy 2",
        "measured_on": "2026-01-01",
        "seconds": 1.5,
    }
    return Point(**(given | others))
