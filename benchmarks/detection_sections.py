"""The sections of `docs/benchmarks.md` that tell how well faults are found."""

from __future__ import annotations

from typing import Any

from benchmarks import detection_tables as rows
from benchmarks.tables import table

NOT_RUN = "Not run for this page."


def incidents_section(f: dict[str, Any]) -> list[str]:
    seeds = sorted({r["seed"] for r in f["scenarios"]})
    return [
        "## Incidents",
        f"`python -m benchmarks.incidents --json`, seeds {', '.join(map(str, seeds))}: "
        f"{len(f['scenarios'])} runs of {len({r['name'] for r in f['scenarios']})} scenarios. No constant "
        "was tuned on them, but mistakes that earlier runs of them showed have been mended since. "
        "The window is the time from the onset to the first drop of a service; the lead, from the warning to "
        "that drop.",
        table(("figure", "measured", "asked for"), rows.targets_rows(f)),
        "### Against what teams use today",
        "The same telemetry in the same run, each peer with its best published settings "
        "(`benchmarks/peers`). False alarms are cooling alarms on days on which nothing is wrong with the "
        "cooling, a hall-day, and in the healthy hours before an onset. Netdata's vote and the two forests "
        "train for two to six hours, longer than most lead-ins here, so they miss what comes before: "
        f"compare them where six healthy hours come first, in `{rows.LONGEST_LEAD_IN}`.",
        *(["![Lead time against false alarms](lead.svg)"] if f["nuisance"]["hall_days"] else []),
        table(
            (
                "who",
                "median lead",
                f"in {rows.LONGEST_LEAD_IN}",
                "worst scenario",
                "missed",
                "false a hall-day",
                "false before onset",
            ),
            rows.peer_rows(f),
        ),
        "### Sudden and contained faults",
        table(
            (
                "scenario",
                "runs",
                "window",
                "lead / window",
                "told after",
                "fault right",
                "root right",
                "forecast error",
                "false",
            ),
            rows.sudden_rows(f),
        ),
        "### Slow faults",
        "Judged at ticks of 60 s; the window ends when the redundancy margin is gone.",
        table(
            ("scenario", "runs", "window", "left when found", "fault right", "root right", "false"),
            rows.slow_rows(f),
        )
        if f["slow"]["runs"]
        else NOT_RUN,
        "### Days on which nothing is wrong",
        table(("scenario", "hall-days", "events", "false"), rows.nuisance_rows(f))
        if f["nuisance"]["hall_days"]
        else NOT_RUN,
    ]


def ablation_section(f: dict[str, Any]) -> list[str]:
    return [
        "## What each part is worth",
        "`python -m benchmarks.ablation --json`: the sudden, contained and slow scenarios with a part of the "
        "telemetry or of the detector away. Leads are those of sudden faults, right answers of all.",
        table(
            (
                "",
                "median lead",
                "worst scenario",
                "missed",
                "contained found",
                "slow found",
                "fault right",
                "root right",
                "false before onset",
            ),
            rows.ablation_rows(f),
        ),
    ]


def skab_section(f: dict[str, Any]) -> list[str]:
    return [
        "## SKAB",
        f"`python -m benchmarks.skab --json`: {f['runs']}; {f['rows']:,} rows scored, no point adjustment, "
        "by the joint model of `benchmarks/joint.py`, which the engine does not run by itself yet. "
        "Constants are the best on the even runs; the odd ones were seen while the method was chosen.",
        table(
            ("runs", "F1", "FAR, %", "MAR, %"),
            [
                (name, f"{part['f1']:.3f}", f"{part['far']:.1f}", f"{part['mar']:.1f}")
                for name, part in (
                    ("all", f),
                    ("even", f["even"]),
                    ("odd", f["odd"]),
                    ("every row marked, as a yardstick", f["all_marked"]),
                    ("asked for", {"f1": 0.80, "far": 14.0, "mar": 28.0}),
                )
            ],
        ),
    ]


def nab_section(f: dict[str, Any]) -> list[str]:
    head = ("", "standard", "low FP", "low FN")
    found = [
        (name, *(f"{part[p]:.1f}" for p in ("standard", "low_fp", "low_fn")))
        for name, part in (
            ("all 58 files", f),
            ("the half that constants were chosen on", f["tuned"]),
            ("the other half", f["held_out"]),
            ("asked for", {"standard": 58.0, "low_fp": 45.0, "low_fn": 64.0}),
        )
    ]
    checks = [
        (f"{name}, {who}", *(f"{scores[p]:.1f}" for p in ("standard", "low_fp", "low_fn")))
        for name, check in f["reference"].items()
        for who, scores in (("our scorer", check["ours"]), ("published", check["published"]))
    ]
    return [
        "## NAB",
        "`python -m benchmarks.nab --json`: the 58 files scored by the engine's own per-point score, with "
        "the corpus protocol. The scorer is proved on two published detectors first. Constants were chosen "
        "on one half; both halves were seen while the method was.",
        table(head, found),
        table(head, checks),
    ]


def hvac_section(f: dict[str, Any]) -> list[str]:
    ahu, cooler = f["air_handler"], f["cooler"]
    days = {day["date"]: day["fault"] for day in ahu["days"] if day["fault"]}
    flagged = {date: sum(d["flagged"] for d in ahu["days"] if d["date"] == date) for date in days}
    return [
        "## HVAC",
        "`python -m benchmarks.hvac --json`: real logs of ailing machines. An air handler's days (LBNL "
        "MZVAV-2-2), each judged twice, after learning either half of the healthy days; a hydraulic rig's "
        "cooler (UCI) at 100, 20 and 3 % of its condition. What a day is judged by was chosen on half of "
        "these days, so the first AUC flatters it.",
        table(
            ("air handler", "measured"),
            [
                ("fault days flagged", f"{ahu['flagged_rate']:.0%}"),
                ("healthy days flagged", f"{ahu['false_flag_rate']:.0%}"),
                ("AUC, first and second half", ", ".join(f"{value:.2f}" for value in ahu["auc"])),
            ],
        ),
        table(
            ("day", "fault", "flagged, of 2"),
            [(date, fault, str(flagged[date])) for date, fault in sorted(days.items())],
        ),
        table(
            ("cooler", "100 %", "20 %", "3 %", "rank correlation with its decay"),
            [
                ("mean score", *_by_condition(cooler["score"]), f"{cooler['score_spearman']:.2f}"),
                (
                    "efficiency below the frozen reference, points",
                    *_by_condition(cooler["below_reference"]),
                    f"{cooler['spearman']:.2f}",
                ),
            ],
        ),
    ]


def _by_condition(means: dict[str, float]) -> tuple[str, ...]:
    return tuple(f"{means[condition]:.2f}" for condition in ("100", "20", "3"))
