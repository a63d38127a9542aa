import os

import pytest

from lmul_pe.hw.export.yosys import YosysError, run_yosys


def test_the_log_is_returned_and_nothing_is_printed(tmp_path, capfd):
    log = run_yosys(["help write_json"], tmp_path)
    assert "write_json" in log
    assert capfd.readouterr() == ("", "")


def test_commands_run_one_after_the_other_in_the_folder(tmp_path):
    (tmp_path / "one.v").write_text("module one(input a, output y); assign y = ~a; endmodule\n")
    run_yosys(["read_verilog one.v", "write_json one.json"], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.json", "one.v"]


@pytest.mark.parametrize(
    ("commands", "named"),
    [
        (["read_rtlil missing.il"], "missing.il"),
        (["no_such_pass"], "no_such_pass"),
        (["help write_json", "read_verilog wrong.v"], "wrong.v:3"),
    ],
)
def test_an_error_is_yosys_own_line(commands, named, tmp_path):
    (tmp_path / "wrong.v").write_text("module one(input a);\n  garbage garbage\nendmodule\n")
    with pytest.raises(YosysError, match="ERROR") as caught:
        run_yosys(commands, tmp_path)
    message = str(caught.value)
    assert named in message
    assert len(message.splitlines()) == 1


def test_no_command_follows_one_that_failed(tmp_path):
    (tmp_path / "one.v").write_text("module one(input a, output y); assign y = ~a; endmodule\n")
    commands = ["read_verilog one.v", "no_such_pass", "write_json one.json"]
    with pytest.raises(YosysError):
        run_yosys(commands, tmp_path)
    assert not (tmp_path / "one.json").exists()


def test_a_process_that_dies_without_a_word_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr("lmul_pe.hw.export.yosys._run", lambda *_: os._exit(3))
    with pytest.raises(YosysError, match="without a word"):
        run_yosys(["help"], tmp_path)


def test_files_beside_the_design_do_not_replace_modules(tmp_path):
    (tmp_path / "subprocess.py").write_text("raise RuntimeError\n")
    (tmp_path / "pyosys.py").write_text("raise RuntimeError\n")
    assert "write_json" in run_yosys(["help write_json"], tmp_path)


def test_files_for_abc_go_with_the_folder(tmp_path):
    (tmp_path / "and.v").write_text("module t(input a, b, output y); assign y = a & b; endmodule")
    run_yosys(["read_verilog and.v", "synth", "abc -nocleanup -g AND"], tmp_path)
    (left,) = tmp_path.glob("yosys-abc-*")
    assert left.is_dir()
