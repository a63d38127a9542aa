"""A design between registers, on three pins whatever its ports: what place and route measures."""

import re

_PORT = re.compile(r"^  (input|output) (?:\[(\d+):0\] )?(\w+);$", flags=re.MULTILINE)


def between_registers(verilog: str, name: str) -> str:
    """A module ``harness`` around module ``name`` of ``verilog``, which is to be read as well.

    Its inputs come from a shift register, and its outputs go into registers whose parity leaves:
    every path of the design is one between registers.  The parity is taken in steps of four bits, a
    register behind each, so that it is never what limits the clock.
    """
    module = re.search(rf"^module {name}\([^)]*\);\n(.*?)^endmodule$", verilog, re.M | re.S)
    assert module is not None
    widths: dict[str, dict[str, int]] = {"input": {}, "output": {}}
    for direction, top, port in _PORT.findall(module[1]):
        widths[direction][port] = int(top or 0) + 1
    clocked = widths["input"].pop("clk", 0)
    inputs, outputs = (sum(each.values()) for each in widths.values())
    connections = [".clk(clk)"] * clocked
    lines = [
        "module harness(clk, d, q);",
        "  input clk, d;",
        "  output q;",
        f"  reg [{inputs - 1}:0] given;",
        f"  wire [{outputs - 1}:0] found_0;",
        "  always @(posedge clk) given <= {given, d};",
    ]
    for register, ports in (("given", widths["input"]), ("found_0", widths["output"])):
        low = 0
        for port, width in ports.items():
            connections.append(f".{port}({register}[{low + width - 1}:{low}])")
            low += width
    lines.append(f"  {name} unit({', '.join(connections)});")
    # The first step takes one bit each: they are the design's own output registers.
    count, step, bits = outputs, 0, 1
    while count > 1 or not step:
        following = -(-count // bits)
        lines.append(f"  reg [{following - 1}:0] found_{step + 1};")
        for index in range(following):
            last = min(bits * index + bits, count) - 1
            parity = f"^found_{step}[{last}:{bits * index}]"
            lines.append(f"  always @(posedge clk) found_{step + 1}[{index}] <= {parity};")
        count, step, bits = following, step + 1, 4
    lines += [f"  assign q = found_{step}[0];", "endmodule", ""]
    return "\n".join(lines)
