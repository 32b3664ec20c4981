"""Joining a view's modules into one script."""

import pytest

from core.export.bundle import ASSETS, bundle, view_sources


@pytest.fixture
def write(tmp_path):
    """write({name: source}) -> the path of the module "view.js"."""

    def files(sources):
        for name, source in sources.items():
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(source, "utf-8")
        return tmp_path / "view.js"

    return files


def test_modules_stand_once_and_before_those_that_import_them(write):
    entry = write(
        {
            "view.js": 'import { two } from "./kit/two.js";\nimport {\n  one,\n} from "./kit/one.js";\n\nexport default function view() {\n  return one + two;\n}\n',
            "kit/two.js": 'import { one } from "./one.js";\n\nexport const two = 2 * one;\n',
            "kit/one.js": "export const one = 1;\n",
        }
    )
    assert bundle(entry) == (
        "const one = 1;\n\nconst two = 2 * one;\n\nexport default function view() {\n  return one + two;\n}\n"
    )


@pytest.mark.parametrize(
    ("sources", "fault"),
    [
        ({"view.js": 'import { two } from "./one.js";\n', "one.js": "export const one = 1;\n"}, "exports no two"),
        ({"view.js": 'import { one } from "./one.js";\nconst two = 2;\n', "one.js": "export const one = 1;\nfunction two() {}\n"}, "both declare two"),
        ({"view.js": 'import { a } from "./a.js";\n', "a.js": 'import { b } from "./view.js";\nexport const a = b;\n'}, "imports itself"),
        ({"view.js": 'import * as all from "./one.js";\n', "one.js": ""}, "cannot join"),
        ({"view.js": 'import { one as two } from "./one.js";\n', "one.js": "export const one = 1;\n"}, "exports no one as two"),
        ({"view.js": "const one = 1;\nexport { one };\n"}, "cannot join"),
        ({"view.js": 'import { one } from "one";\n'}, "cannot join"),
        ({"view.js": 'import { one } from "./one.js";\n', "one.js": "export const one = 1;\nexport default function view() {}\n"}, "second export default"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_cannot_be_joined_is_refused(write, sources, fault):
    with pytest.raises(ValueError, match=fault):
        bundle(write(sources))


@pytest.mark.parametrize("name", sorted(path.stem for path in (ASSETS / "views").glob("*.js")))
def test_each_view_is_one_script_with_one_export_and_no_import(name):
    script = view_sources(name)["js"]
    lines = script.splitlines()
    assert [line for line in lines if line.startswith("export")] == [
        "export default function view(component, assets) {"
    ]
    assert not [line for line in lines if line.startswith("import")]
