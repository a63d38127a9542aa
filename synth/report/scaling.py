def print_scaling(s,c): pass
def scaling_files(s): return {}
def scaling_verdict(s):
    for l in s.lines:
        for n,g in l.growth.items(): yield f"{l.level} {l.kind} e{l.exponent_bits} {n} first {g.first:.1f} slope {g.slope:.2f} p {g.power:.3f} [{g.low:.2f}, {g.high:.2f}] rms {g.residual_percent:.1f}"
    for c in s.crossings(): yield f"{c.line.level} {c.line.exponent_bits} {c.cost} {c.mantissa_bits} {c.is_first}"
