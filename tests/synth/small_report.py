"""A report in miniature, with figures so round that what follows from them is seen at once."""

AT_CLOCK = {
    "clock_ps": 200.0,
    "area_percent": 75.0,
    "glitch_energy_percent": 96.0,
    "total_energy_percent": 80.0,
}
TOOLS = {"amaranth": "0.5", "lmul-pe": "0.1", "numpy": "2.0", "pyosys": "0.70"}


def multiplier(name, kind, area, functional, glitch, leakage=0.0, uniform=None, point=None):
    """``point``: clock, area and energy with glitches at equal delay."""
    return {
        "name": name,
        "level": "multiplier",
        "kind": kind,
        "delay_ps": 100.0,
        "workload": "normal",
        "energy_fj": {"functional": functional, "glitch": glitch, "leakage": leakage},
        "energy_by_workload": {
            "normal": {"functional": functional, "glitch": glitch},
            "uniform": {"functional": uniform or functional, "glitch": 2 * (uniform or functional)},
        },
        "least_area": {"area_um2": area, "gate_equivalents": area},
        "fastest_ps": 150.0,
        "iso_delay": [point_at(*point)] if point else [],
        "generic": {"cells": {"$_AND_": area // 2, "$_XOR_": area // 4}, "gate_equivalents": area},
    }


def point_at(clock, area, glitch):
    """Figures at a clock; half the energy is glitches, and the registers take 30 fJ."""
    return {
        "clock_ps": clock,
        "energy_fj": {"functional": glitch / 2, "glitch": glitch, "leakage": 0.0},
        "energy_by_workload": {"normal": {"functional": glitch / 2, "glitch": glitch}},
        "least_area": {"area_um2": area, "gate_equivalents": area},
        "over_adder": {"area": 2.0, "energy": 1.5, "glitch": 1.25},
        "registers": {"clock_fj": 15.0, "data_fj": 10.0, "leakage_fj": 5.0},
    }


def unit(name, kind, level, parts, area=100.0, leakage=0.0):
    """``parts``: energy by part, half of it glitches; the registers' clock is as much as that."""
    clock, whole = parts["registers"], sum(parts.values())
    return {
        "name": name,
        "level": level,
        "kind": kind,
        "delay_ps": 100.0,
        "workload": "normal",
        "energy_fj": {
            "functional": whole / 2,
            "glitch": whole,
            "leakage": leakage,
            "clock": clock,
        },
        "energy_by_workload": {"normal": {"functional": whole / 2, "glitch": whole}},
        "least_area": {"area_um2": area, "gate_equivalents": area},
        "iso_delay": [],
        "parts": {
            part: {"glitch_fj": energy, "clock_fj": clock if part == "registers" else 0.0}
            for part, energy in parts.items()
        },
    }


def parts(multiplier, adder, registers, control=0.0):
    return {"multiplier": multiplier, "adder": adder, "registers": registers, "control": control}


def saving(level, design, baseline, meaning, area, functional, total, glitch, point=None):
    return {
        "level": level,
        "design": design,
        "baseline": baseline,
        "meaning": meaning,
        "area_percent": area,
        "energy_percent": {"normal": functional},
        "total_energy_percent": total,
        "glitch_energy_percent": glitch,
        "iso_delay": [point] if point else [],
    }


def small_report(format="e4m3", technology="nangate45", node=45):
    """Multipliers, some at an equal clock too, a multiply-accumulate and an array of each flow."""
    lmul, exact = f"lmul_{format}", f"exact_{format}"
    mac, os, ws = "mac_{}_fp32", "array_os_8x8_{}_fp32", "array_ws_8x8_{}_fp32"
    return {
        "format": format,
        "technology": technology,
        "library": {"node_nm": node},
        "tools": dict(TOOLS),
        "designs": [
            multiplier(f"adder_{format}", "adder", 8, 4.0, 5.0, point=(200.0, 16.0, 8.0)),
            multiplier(f"{lmul}_raw", "lmul", 12, 6.0, 8.0),
            multiplier(lmul, "lmul", 20, 10.0, 12.0, 4.0, 15.0, point=(200.0, 30.0, 10.0)),
            multiplier(exact, "exact", 40, 50.0, 240.0, 80.0, 60.0, point=(200.0, 120.0, 250.0)),
            multiplier(f"{exact}_gradual", "exact", 80, 100.0, 400.0),
            unit(mac.format(lmul), "lmul", "mac", parts(10, 20, 10), area=80.0),
            unit(mac.format(exact), "exact", "mac", parts(100, 20, 10), area=100.0),
            unit(os.format(lmul), "lmul", "array", parts(100, 500, 200), leakage=0.0),
            unit(os.format(exact), "exact", "array", parts(600, 500, 200), leakage=500.0),
            unit(ws.format(lmul), "lmul", "array", parts(100, 500, 200)),
            unit(ws.format(exact), "exact", "array", parts(600, 500, 200)),
        ],
        "savings": [
            saving(
                "multiplier", lmul, exact, "both flush subnormals", 50.0, 80.0, 60.0, 95.0, AT_CLOCK
            ),
            saving("multiplier", f"adder_{format}", exact, "a bare adder", 80.0, 92.0, 90.0, 97.0),
            saving("mac", mac.format(lmul), mac.format(exact), "mac", 20.0, 69.2, 64.3, 69.2),
            saving("array", os.format(lmul), os.format(exact), "os", 0.0, 38.5, 50.0, 38.5),
            saving("array", ws.format(lmul), ws.format(exact), "ws", 0.0, 38.5, 33.3, 38.5),
        ],
    }
