"""What a person sees when a setting or the site model is wrong."""

from __future__ import annotations


class ConfigError(Exception):
    """A mistake in a file or variable: says where, which key, and what would be right."""

    def __init__(self, where: str, key: str, problem: str, remedy: str = "") -> None:
        self.where = where
        self.key = key
        self.problem = problem
        self.remedy = remedy
        text = f"{where}: {key}: {problem}" if key else f"{where}: {problem}"
        super().__init__(f"{text}\n  -> {remedy}" if remedy else text)


class Mistake(ValueError):
    """What a validator found, with what would be right."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(problem)
        self.remedy = remedy
