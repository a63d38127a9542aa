"""A netlist as Verilog whose cells have path delays, as an SDF file would give them."""

from lmul_pe.synth.cells.boolean import parse_function
from lmul_pe.synth.netlists.netlist import ONE, ZERO
from lmul_pe.synth.netlists.timing import net_loads

STEPS_PER_PS = 10


def specify_verilog(named, technology):
    """Every cell is a module of its own: by input pin the delays of its output's rise and fall.

    Its time unit is 100 fs.  Icarus Verilog takes the delays with ``-gspecify``.
    """
    netlist = named.netlist
    loads = net_loads(netlist, technology)
    names = {ZERO: "1'b0", ONE: "1'b1"}
    modules, body, ports = [], [], []
    for port, nets in named.ports.items():
        direction = "input" if port in netlist.inputs else "output"
        width = f"[{len(nets) - 1}:0] " if "[" in named.bits(port)[0] else ""
        ports.append(f"{direction} {width}{port}")
        for bit, net in zip(named.bits(port), nets, strict=True):
            if names.setdefault(net, bit) != bit and port in netlist.outputs:
                body.append(f"assign {bit} = {names[net]};")
    for net in netlist.driven:
        if net not in names:
            names[net] = f"\\{named.labels.get(net, f'net_{net}')} "
            body.append(f"wire {names[net]};")
    for number, instance in enumerate((*netlist.registers, *netlist.instances)):
        cell = technology.cells[instance.cell]
        pins = sorted(instance.inputs)
        for pin, net in instance.outputs.items():
            module = f"cell_{number}_{pin}"
            modules.append(
                f"module {module}({', '.join(f'input {p}' for p in pins)}, output {pin});"
            )
            function = parse_function(cell.outputs[pin].function)
            values, sources = {name: name for name in pins}, function.inputs
            if cell.flip_flop:
                state, inverse = cell.flip_flop.state
                values |= {state: "held", inverse: "(~held)"}
                sources = (cell.flip_flop.clock_pin,)
                following = expression(parse_function(cell.flip_flop.next_state), values)
                modules.append("reg held = 1'b0;")
                modules.append(f"always @(posedge {sources[0]}) held <= {following};")
            modules.append(f"assign {pin} = {expression(function, values)};")
            if sources:
                modules.append("specify")
                for source in sources:
                    delays = cell.edge_delays_ps(source, pin, loads.get(net, 0.0))
                    rise, fall = (max(1, round(STEPS_PER_PS * delay)) for delay in delays)
                    modules.append(f"({source} => {pin}) = ({rise}, {fall});")
                modules.append("endspecify")
            modules.append("endmodule")
            given = [f".{name}({names[instance.inputs[name]]})" for name in pins]
            body.append(f"{module} i{number}_{pin}({', '.join(given)}, .{pin}({names[net]}));")
    top = f"module {netlist.name}({', '.join(ports)});"
    return "\n".join(["`timescale 100fs/100fs", *modules, top, *body, "endmodule", ""])


def expression(function, names):
    """A function over pins in Verilog, whose operators bind as Python's."""
    if not function.inputs:
        return "1'b0" if function.python == "0" else "1'b1"
    text = function.python
    for index in reversed(range(len(function.inputs))):
        text = text.replace(f"x{index}", names[function.inputs[index]])
    return text
