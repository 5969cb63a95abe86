import pytest

from customers.brand import DARK_SURFACE, LIGHT_SURFACE, NotAColour, contrast, fit

PALETTE = ["#e8a317", "#00a389", "#2a50c4", "#ff0000", "#ffff00", "#fff", "#000", "#7f7f7f"]


@pytest.mark.parametrize("colour", PALETTE)
def test_any_colour_can_be_read_in_both_themes(colour: str) -> None:
    brand = fit(colour)

    assert contrast(brand.light, LIGHT_SURFACE) >= 4.6
    assert contrast(brand.dark, DARK_SURFACE) >= 5
    assert contrast(brand.light, brand.on_light) >= 4.6
    assert contrast(brand.dark, brand.on_dark) >= 5


def test_a_colour_that_can_be_read_stays_as_it_is() -> None:
    assert fit("#2a50c4").light == "#2a50c4"


def test_amber_and_teal_move_only_as_far_as_they_must() -> None:
    assert contrast(fit("#e8a317").light, LIGHT_SURFACE) < 4.8
    assert contrast(fit("#00a389").light, LIGHT_SURFACE) < 4.8


def test_three_digits_mean_the_same_as_six() -> None:
    assert fit("#0a8") == fit("#00aa88")


@pytest.mark.parametrize("colour", ["", "red", "#12345", "#12345g", "#fff;}body{display:none"])
def test_what_is_no_colour_is_refused_by_name(colour: str) -> None:
    with pytest.raises(NotAColour):
        fit(colour)
