"""A small exact event-driven simulator: what settles when sources change, one change at a time."""

import heapq
from itertools import count

from lmul_pe.synth.activity.evaluation import cell_functions
from lmul_pe.synth.cells.boolean import parse_function
from lmul_pe.synth.netlists.timing import net_loads


def simulated(netlist, technology, old, new, start=None):
    """Transitions of each net when its sources go from ``old`` to ``new``; and the final values.

    Both are net to bit, and ``start`` is net to the times of its rise and its fall.  Delays are as
    they are, not rounded; an output that is scheduled takes a new value only if its inputs still
    imply it, and what was scheduled before is dropped (inertial delay).
    """
    loads = net_loads(netlist, technology)
    functions = cell_functions(technology)
    cells = []
    sinks = {}
    for instance in netlist.instances:
        for pin, net in instance.outputs.items():
            expression = parse_function(functions[instance.cell][pin])
            output = technology.cells[instance.cell].outputs[pin]
            load = loads.get(net, 0.0)
            # By the value that the output takes.
            delays = {
                instance.inputs[name]: tuple(
                    intrinsic + slope * load
                    for intrinsic, slope in reversed(output.edges.get(name, 2 * (arc,)))
                )
                for name, arc in output.delay.items()
            }
            nets = [instance.inputs[name] for name in expression.inputs]
            cells.append((net, expression.compiled(), nets, delays))
            for source in set(nets):
                sinks.setdefault(source, []).append(len(cells) - 1)

    def implied(cell):
        _, function, nets, _ = cells[cell]
        return function(*(values[net] for net in nets)) & 1

    values = {0: 0, 1: 1} | dict(old)
    for cell, (net, *_) in enumerate(cells):
        values[net] = implied(cell)
    totals = dict.fromkeys(values, 0)
    order, queue = count(), []
    pending = {}
    for net, bit in new.items():
        if bit != old[net]:
            pending[net] = ticket = next(order)
            heapq.heappush(queue, ((start or {}).get(net, (0.0, 0.0))[1 - bit], ticket, net, bit))
    while queue:
        time, ticket, net, value = heapq.heappop(queue)
        if pending.get(net) != ticket:
            continue
        del pending[net]
        values[net] = value
        totals[net] += 1
        for cell in sinks.get(net, ()):
            target, _, _, delays = cells[cell]
            following = implied(cell)
            pending.pop(target, None)
            if following != values[target]:
                pending[target] = ticket = next(order)
                heapq.heappush(queue, (time + delays[net][following], ticket, target, following))
    return totals, values
