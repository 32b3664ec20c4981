"""The lecture's page on attention in a real browser: a query chosen, a search sharpened, numbers changed and put back."""

import re

from playwright.sync_api import Page, expect

from core.analysis.similarity import SMALL, self_attention_steps
from tests.browser.conftest import settle


def weights(page: Page) -> list[float]:
    return [float(text) for text in page.locator(".lookup .weight .number").all_inner_texts()]


def test_a_query_is_chosen_and_its_search_sharpened(open_page, server):
    page = open_page(f"{server}/attention?lang=en")
    result = page.locator(".lookup .result")
    expect(result).to_have_text(re.compile("追逐.* attends most to .*Jerry"), timeout=90_000)  # the model is loaded
    settle(page)
    page.get_by_role("group", name="Query").get_by_role("button", name="杰瑞").click()
    expect(result).to_have_text(re.compile("杰瑞.* attends most to .*</s>"))
    expect(page).to_have_url(re.compile("qkv_query=4"))
    slider = page.get_by_role("slider", name="Sharpness")
    slider.fill("0")
    expect(page.get_by_text("× 0: equal weights")).to_be_visible()
    assert weights(page) == [0.2] * 5
    slider.fill("8")
    expect(page.get_by_text("only the best key, as in a dictionary")).to_be_visible()
    assert sorted(weights(page)) == [0, 0, 0, 0, 1]
    page.get_by_role("checkbox", name="Best first").check()
    expect(page.locator(".lookup tbody th").first).to_have_text("</s>")


def test_numbers_are_changed_in_the_table_and_put_back(open_page, server):
    page = open_page(f"{server}/attention?lang=en&qkv_part=steps&qkv_step=5")
    settle(page)
    table = page.locator(".matrices figure").last
    expect(table).to_contain_text("O")
    before = self_attention_steps(**SMALL).output

    def shown() -> list[str]:
        return table.locator(".cell").all_inner_texts()

    def written(values) -> list[str]:
        return [f"{value:.2f}".replace("-0.00", "0.00").replace("-", "−") for value in values.ravel()]

    expect(table.locator(".cell").first).to_have_text(written(before)[0])
    assert shown() == written(before)

    def type_into_first(text: str) -> None:
        editor = page.get_by_test_id("stDataFrame")
        editor.scroll_into_view_if_needed()
        box = editor.bounding_box()
        page.mouse.dblclick(box["x"] + 150, box["y"] + 60)  # below the names of columns, beside the names of rows
        cell = page.locator("#portal input")
        expect(cell).to_be_visible()
        cell.fill(text)
        page.keyboard.press("Enter")

    type_into_first("-2.5")
    x = SMALL["x"].copy()
    x[0, 0] = -2.5
    after = self_attention_steps(**{**SMALL, "x": x}).output
    expect(table.locator(".cell").first).to_have_text(written(after)[0])
    assert shown() == written(after)
    expect(page).to_have_url(re.compile("qkv_x=-2.5"))
    type_into_first("99999")
    expect(page.get_by_text("Every cell needs a number from −1000 to 1000.")).to_be_visible()
    assert shown() == written(after)
    page.get_by_role("button", name="Reset numbers").click()
    expect(page.get_by_text("Every cell needs a number")).to_have_count(0)
    expect(table.locator(".cell").first).to_have_text(written(before)[0])
    assert shown() == written(before)
