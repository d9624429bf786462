"""The lessons' live pages in a real browser: they do what their notes say."""

from __future__ import annotations

import pytest

from demos import cliff, losses, momentum, walkthrough, worked_example
from demos.xor import pages
from demos.xor.network import Setup


@pytest.fixture
def opened(visit, tmp_path):
    """Write a page as its lesson does, and open it."""

    def write_and_open(write, *arguments):
        path = tmp_path / f"{write.__name__}.html"
        write(path, *arguments)
        return visit(path, alone=True)

    return write_and_open


@pytest.fixture
def page_of(run_lesson, visit, tmp_path):
    """Run a lesson and open its page."""

    def open_page(name, *arguments):
        run_lesson(name, *arguments)
        return visit(tmp_path / "network.html")

    return open_page


def box(tab, name):
    return float(tab.get_by_label(f"{name}, exactly").input_value())


def outputs(tab):
    """What the neurons at the right say, by name."""
    neurons = tab.locator(".neuron.unit:has(text.beside)")
    names = neurons.locator("text.beside").all_text_contents()
    values = [text.replace("−", "-") for text in neurons.locator("text.value").all_text_contents()]
    return dict(zip(names, map(float, values), strict=True))


def descend(tab, steps):
    """Press "Step" so many times; "Auto-play" counts by the clock, which is not exact."""
    tab.evaluate("n => { while (n-- > 0) document.getElementById('descend-step').click(); }", steps)


@pytest.mark.parametrize(
    "name",
    ["worked_example", "walkthrough", "recursion", "activations", "momentum"],
)
def test_pages_say_what_to_try_and_fit(run_lesson, visit, tmp_path, name):
    run_lesson(name)
    for path in tmp_path.glob("*.html"):
        for width in (1280, 390):
            tab = visit(path, width=width, height=844)
            assert tab.locator("#title").inner_text()
            assert tab.locator("#note").inner_text()
            assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_the_step_of_the_worked_example(opened):
    tab = opened(worked_example.write_linear_page, worked_example.neuron(1.0, 0.0))
    tab.click("#descend-step")
    assert box(tab, "w") == 1.0798
    assert box(tab, "b") == 0.038


def test_the_ball_of_the_worked_example(opened):
    tab = opened(worked_example.write_curve)
    assert tab.locator("#plot text.least").text_content() == "w* ≈ 1.905"
    descend(tab, 150)
    assert box(tab, "w") == pytest.approx(4.0 / 2.1, rel=1e-5)


def test_the_other_side_of_zero_wakes_the_unit(opened):
    tab = opened(walkthrough.write_page, walkthrough.network(2.0, 3.0))
    gradients = {
        name: tab.locator(f".leaf:has(label[title={name}]) .gradient") for name in ("v1", "v2")
    }
    assert gradients["v1"].text_content() == "∂ −2"
    assert gradients["v2"].text_content() == "∂ 0"
    tab.get_by_label("x, exactly").fill("-2")
    assert gradients["v1"].text_content() == "∂ 0"
    assert gradients["v2"].text_content() == "∂ 4"


def test_xor_is_learned_in_the_browser(opened):
    tab = opened(pages.write_training, Setup())
    descend(tab, 300)
    said = outputs(tab)
    assert [round(said[f"ŷ({point})"]) for point in ("00", "01", "10", "11")] == [0, 1, 1, 0]
    assert max(abs(y - round(y)) for y in said.values()) < 0.05


def test_one_unit_says_one_half_to_everything(opened):
    tab = opened(pages.write_training, Setup(sizes=(2, 1)))
    descend(tab, 150)
    assert set(outputs(tab).values()) == {0.5}


def test_hidden_units_of_xor_answer_for_other_points(page_of):
    tab = page_of("xor")
    assert outputs(tab)["ŷ"] > 0.99
    tab.get_by_label("x2, exactly").fill("1")
    assert outputs(tab)["ŷ"] < 0.01


def test_confidently_wrong(opened):
    stuck = opened(losses.write_squared_page, -8.0)
    rolling = opened(losses.write_cross_entropy_page, -8.0)
    for tab in (stuck, rolling):
        descend(tab, 19)
    assert -8.0 < box(stuck, "z") < -7.9
    assert box(rolling, "z") > 2.19  # where σ(z) = 0.9


def test_a_flipped_bit_is_no_symmetry(page_of):
    tab = page_of("symmetry", "--starts", "1", "--sweeps", "700")
    assert outputs(tab)["o"] > 0.5
    tab.get_by_label("bit 2, exactly").fill("1")
    assert outputs(tab)["o"] < 0.2
    tab.get_by_label("bit 5, exactly").fill("1")
    assert outputs(tab)["o"] > 0.5


def test_a_rate_that_is_too_large_for_the_valley(opened):
    tab = opened(momentum.write_page, 100.0)
    tab.click("#descend-step")
    assert box(tab, "y") == pytest.approx(0.0, abs=1e-12)
    tab.click("#descend-reset")
    tab.locator("#rate").fill("-1.65")  # 0.022
    descend(tab, 20)
    assert abs(box(tab, "y")) > 2.0


def test_the_cliff_throws(opened):
    way = cliff.descend(None)
    wall = max(range(len(way)), key=lambda step: way[step].norm)
    tab = opened(cliff.write_page)
    descend(tab, wall + 1)
    after = way[wall + 1]
    assert box(tab, "w") == pytest.approx(after.w, rel=1e-4)
    assert box(tab, "b") == pytest.approx(after.b, rel=1e-4)
    assert abs(after.b - way[wall].b) > 3.0


def test_the_family_tree_can_be_asked(page_of):
    tab = page_of("family_tree", "--starts", "1", "--sweeps", "300")
    assert tab.locator(".neuron").count() == 36 + 12 + 12 + 6 + 24
    assert len(outputs(tab)) == 24
    before = outputs(tab)
    tab.get_by_label("aunt, exactly").fill("0")
    tab.get_by_label("father, exactly").fill("1")
    assert outputs(tab) != before
