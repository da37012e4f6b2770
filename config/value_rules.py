"""What a value means before its unit is looked at: the same keys in ``[[point]]`` and ``[[template]]``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from config.errors import Mistake
from config.states import folded_word

Finite = Annotated[float, Field(allow_inf_nan=False)]
Quality = Literal["good", "uncertain", "bad"]


def _nonzero(scale: float) -> float:
    if scale == 0:
        raise Mistake("a scale of 0 leaves nothing of a value", "as in scale = 0.1")
    return scale


def _folded_states(states: dict[str, float]) -> dict[str, float]:
    return {folded_word(word): number for word, number in states.items()}


def _folded_qualities(words: dict[str, Quality]) -> dict[str, Quality]:
    return {folded_word(word): quality for word, quality in words.items()}


class ValueRules(BaseModel):
    """How what stands in a message becomes a number in ``unit``: value * scale + offset."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    scale: Annotated[Finite, AfterValidator(_nonzero)] | None = Field(
        None, description="the value is multiplied by it, as 0.1 for tenths; the result is in `unit`"
    )
    offset: Finite | None = Field(None, description="added after `scale`")
    invert: bool | None = Field(
        None, description="true turns round what is 1 or 0, or a share in %: 1 - value, 100 - value"
    )
    states: Annotated[dict[str, Finite], AfterValidator(_folded_states)] | None = Field(
        None,
        description="what words, or numbers that stand for states, mean: "
        '`{ "Cool" = 1, "2" = 1, "Idle" = 0 }`, in the unit of the kind',
    )
    quality: Annotated[dict[str, Quality], AfterValidator(_folded_qualities)] | None = Field(
        None, description='which quality words are "good", "uncertain" or "bad", beside those that are known'
    )
