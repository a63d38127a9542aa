"""What a VHDL design needs to instantiate an exported module: its component declaration."""

import re

_PORT = re.compile(r"^  (input|output) (?:\[(\d+):0\] )?(\w+);$", flags=re.MULTILINE)
_MODES = {"input": "in", "output": "out"}


def component_package(verilog: str, name: str) -> str:
    """A package ``NAME_component`` that declares the component ``name``, in VHDL-93.

    Parameters
    ----------
    verilog
        The text in which module ``name`` was exported.
    """
    module = re.search(rf"^module {name}\(([^)]*)\);\n(.*?)^endmodule$", verilog, re.M | re.S)
    assert module is not None
    ports = {
        port: f"{_MODES[direction]:3} {_type(top)}"
        for direction, top, port in _PORT.findall(module[2])
    }
    listed = ";\n".join(f"      {port} : {ports[port]}" for port in re.findall(r"\w+", module[1]))
    return (
        f"-- The component of {name}.v: compile this file, then\n"
        f"--   use work.{name}_component.all;\n"
        "library ieee;\nuse ieee.std_logic_1164.all;\n\n"
        f"package {name}_component is\n  component {name}\n    port (\n{listed}\n    );\n"
        f"  end component;\nend package {name}_component;\n"
    )


def _type(top: str) -> str:
    return f"std_logic_vector({top} downto 0)" if top else "std_logic"
