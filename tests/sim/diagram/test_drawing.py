"""Pictures of traces."""

from xml.etree import ElementTree

from lmul_pe.sim.diagram.drawing import svg_text

SVG = "{http://www.w3.org/2000/svg}"


def test_values_stand_where_they_are_valid_and_bits_are_waves():
    text = svg_text("a < b", {"x_tvalid": [0, 1, 1, 0], "x_tdata": [None, 0xAB, 0xAB, None]})
    picture = ElementTree.fromstring(text)
    assert picture.findtext(f"{SVG}title") == "a < b"
    words = [each.text for each in picture.iter(f"{SVG}text")]
    assert words == ["0", "1", "2", "3", "ab", "clk", "x_tvalid", "x_tdata"]
    # The second cycle begins at 214, the fourth at 342.
    waves = [each.attrib["d"] for each in picture.iter(f"{SVG}path")]
    assert any("V72h64V56h64V56h64V72h64" in wave for wave in waves)
    assert any(wave.startswith("M217") and "H339" in wave for wave in waves)
