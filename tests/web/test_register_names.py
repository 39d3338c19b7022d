"""What somebody types for an organisation: its name, its abbreviation or its code."""

from __future__ import annotations

from impasse.web.register_names import Names


def test_a_code_of_the_register_is_understood_as_well_as_the_name(house):
    names = Names(house.views.organisations())

    for typed in ("gemeente Amsterdam", "amsterdam", "gm0363", " GM0363 "):
        assert names.find(typed).organisation.id == "gm0363"
    assert names.find("gm9999").organisation is None
