from django.template import engines
from django.template.loader import render_to_string


def rendered(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context)


def test_no_attribute_of_a_component_can_break_out_of_its_quotes() -> None:
    html = rendered(
        '{% cotton button :title="name" %}{% endcotton %}', name='"><script>alert(1)</script>'
    )

    assert "<script>" not in html
    assert "&quot;&gt;&lt;script&gt;" in html


def test_a_note_says_that_the_customer_does_not_see_it() -> None:
    html = rendered('{% cotton note name="Ada" %}<p>x</p>{% endcotton %}')

    assert "the customer does not see this" in html
    assert "noted" in html


def test_a_note_and_a_reply_are_two_forms() -> None:
    html = rendered('{% cotton composer to="Uma" reply_url="/r" note_url="/n" %}{% endcotton %}')

    assert html.count("<form") == 2
    assert 'action="/r"' in html
    assert 'action="/n"' in html


def test_error_pages_need_no_context() -> None:
    for page in ("400", "403", "404", "500", "403_csrf"):
        assert render_to_string(f"{page}.html").count("<h1>") == 1
