from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from config import reference
from config.kinds import load_kinds
from config.settings import Settings
from config.site_file import SiteFile

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def tables(model: type[BaseModel]) -> list[tuple[str, type[BaseModel]]]:
    named = ((name, reference.table_of(field)) for name, field in model.model_fields.items())
    return [(name, table) for name, table in named if table is not None]


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference.document(), (
        "run python -m config.reference > docs/settings.md"
    )


@pytest.mark.parametrize("model", [Settings, SiteFile])
def test_every_key_is_described(model: type[BaseModel]) -> None:
    keys = [(name, key, field) for name, table in tables(model) for key, field in table.model_fields.items()]
    assert keys
    assert [f"{name}.{key}" for name, key, field in keys if not field.description] == []


def test_every_key_and_kind_stands_on_the_page() -> None:
    page = reference.document()
    for name, table in [*tables(Settings), *tables(SiteFile)]:
        assert f"[{name}]" in page
        assert [key for key in table.model_fields if f"| `{key}` |" not in page] == []
    assert [name for name in load_kinds() if f"`{name}`" not in page] == []


def test_defaults_on_the_page_read_back_as_the_defaults(tmp_path: Path) -> None:
    secrets = {("influxdb", "token"), ("kafka", "password")}
    lines = []
    for name, table in tables(Settings):
        lines.append(f"[{name}]")
        for key, field in table.model_fields.items():
            if (name, key) not in secrets:
                lines.append(f"{key} = {reference.default_text(field)}")
    path = tmp_path / "coolwatch.toml"
    path.write_text("\n".join(lines), encoding="utf-8")
    assert tomllib.loads(path.read_text(encoding="utf-8"))
    assert Settings.load(path) == Settings.load(None)
