"""The lecture's page on attention in a real browser: a query chosen, a search sharpened, numbers changed and put back."""

from playwright.sync_api import Page, expect

from core.analysis.similarity import SMALL, self_attention_steps
from tests.browser.conftest import settle


def weights(page: Page) -> list[float]:
    return [float(text) for text in page.locator(".lookup .weight .number").all_inner_texts()]


def test_a_query_is_chosen_and_its_search_sharpened(open_page, server):
    page = open_page(f"{server}/attention?lang=en")
    expect(page.get_by_text("“追逐” takes most from “Jerry”")).to_be_visible()
    settle(page)
    page.get_by_role("group", name="Query").get_by_role("button", name="杰瑞").click()
    expect(page.get_by_text("“杰瑞” takes most from “</s>”")).to_be_visible()
    expect(page).to_have_url(lambda address: "qkv_query=4" in address)
    slider = page.get_by_role("slider", name="Sharpness")
    slider.fill("0")
    expect(page.get_by_text("× 0: all get the same")).to_be_visible()
    assert weights(page) == [0.2] * 5
    slider.fill("8")
    expect(page.get_by_text("the best alone, as in a dictionary")).to_be_visible()
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
    box = page.get_by_test_id("stDataFrame").bounding_box()
    page.mouse.click(box["x"] + 150, box["y"] + 60)  # the first cell of numbers, below the names of columns
    page.keyboard.type("-2.5")
    page.keyboard.press("Enter")
    x = SMALL["x"].copy()
    x[0, 0] = -2.5
    after = self_attention_steps(**{**SMALL, "x": x}).output
    expect(table.locator(".cell").first).to_have_text(written(after)[0])
    assert shown() == written(after)
    expect(page).to_have_url(lambda address: "qkv_x=-2.5" in address)
    page.mouse.click(box["x"] + 150, box["y"] + 60)
    page.keyboard.type("99999")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Every cell needs a number from −1000 to 1000.")).to_be_visible()
    assert shown() == written(after)
    page.get_by_role("button", name="Put back").click()
    expect(page.get_by_text("Every cell needs a number")).to_have_count(0)
    expect(table.locator(".cell").first).to_have_text(written(before)[0])
    assert shown() == written(before)
