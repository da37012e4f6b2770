"""What is expected of each case of telemetry as sites have it; `benchmarks.field` runs them."""

from __future__ import annotations

from benchmarks.field_runs import Case, Run, Told

LOSS = "cooling"
SETTINGS = "--config {case}/coolwatch.toml --site {case}/site.toml --json"
MADE = "--config {out}/coolwatch.toml --site {out}/site.toml --json"
DAY = "2025-06-15T"


def lost(since: str, by: str, words: str = "", clock_unknown: bool = False) -> Told:
    """The loss of the cooling, told between two times of the day."""
    return Told(LOSS, words, f"{DAY}{by}Z", f"{DAY}{since}Z", clock_unknown)


LOST_AT_NINE = lost("09:00:00", "09:12:00", clock_unknown=True)
LOST_AT_EIGHT = lost("20:00:00", "20:12:00", clock_unknown=True)


def after_init(
    logs: str, *told: Told, written: tuple[tuple[str, str], ...] = (), settings: str = ""
) -> tuple[Run, Run]:
    """What `init` writes of logs works at once, and the loss is told."""
    with_settings = f" --config {settings}" if settings else ""
    return (
        Run(
            f"init {' '.join(f'--from {log}' for log in logs.split())} --out {{out}} --force{with_settings}",
            written=written,
        ),
        Run(f"replay {logs} " + MADE, told=told),
    )


SPELLED = (
    "upper",
    "bom",
    "frac9",
    "ns",
    "off4",
    "ptcase",
    "ptspace",
    "sec",
    "secf",
    "spacez",
    "strms",
    "us",
    "valon",
    "valstr",
)

TENTHS = """
[[template]]
measurement = "inrow"
field = "SupplyAirTempMetric"
point = "hall-1/crac-{agent_host}/supply_air_temperature"
unit = "degC"
scale = 0.1
[[template]]
measurement = "inrow"
field = "ReturnAirTempMetric"
point = "hall-1/crac-{agent_host}/return_air_temperature"
unit = "degC"
scale = 0.1
[[template]]
measurement = "inrow"
field = "RackInletTempMetric"
point = "hall-1/rack-{agent_host}/inlet_air_temperature"
unit = "degC"
scale = 0.1
[[template]]
measurement = "inrow"
field = "FanSpeedTenths"
point = "hall-1/crac-{agent_host}/fan_speed"
scale = 0.1
"""

CASES: tuple[Case, ...] = (
    Case(".", (Run("replay {case}/control.jsonl.gz --json", told=(lost("20:06:40", "20:08:40"),)),)),
    Case(
        "date-and-time-apart",
        (
            *after_init("{case}/metasys_like.csv", LOST_AT_NINE, written=(("site.toml", "degF"),)),
            Run(
                "replay {case}/metasys_like.csv --config {case}/dateonly.toml --site {case}/site.toml",
                None,
                loud="midnight|date|Time",
            ),
            Run(
                "replay {case}/metasys_joined.csv --config {case}/joined.toml --site {case}/site.toml --json",
                told=(lost("13:00:00", "13:12:00"),),
            ),
        ),
    ),
    Case(
        "empty-probe-slots-zero",
        (
            Run(
                "replay {case}/temps_ok.jsonl.gz --json",
                told=(lost("20:06:40", "20:08:50", "warm together"),),
            ),
            Run(
                "replay {case}/temps_absent0.jsonl.gz --json",
                None,
                told=(lost("20:06:40", "20:09:10", "warm together"),),
            ),
        ),
    ),
    Case(
        "file-a-metric-device-column",
        (
            *after_init("{case}/*.csv", lost("02:30:00", "02:40:00")),
            Run(
                "replay {case}/*.csv " + SETTINGS,
                None,
                loud="two sources|Two sources|device",
                told=(Told(LOSS, by="2025-06-15T02:40:00Z"),),
            ),
        ),
    ),
    Case(
        "gateway-zero-or-ffff",
        tuple(
            Run(
                f"replay {{case}}/{log}.jsonl.gz --json",
                None,
                told=(Told("telemetry|sensor", "crac|hall-1", f"{DAY}20:10:00Z", f"{DAY}20:06:40Z"),),
                never="cooling",
                at_most=1,
            )
            for log in ("crac_gateway_zero", "gateway_zero", "crac_gateway_ffff")
        ),
    ),
    Case(
        "german-csv",
        (
            *(
                run
                for log in ("trend", "trend_nopre", "trend_joined_utf8", "trend_utf16", "trend_dots")
                for run in after_init(
                    f"{{case}}/{log}.csv",
                    LOST_AT_NINE,
                    written=(("coolwatch.toml", r'(?m)^separator = ";"'),),
                )
            ),
            Run(
                "replay {case}/trend_joined_utf8.csv " + SETTINGS,
                None,
                loud="decimal",
                told=(lost("07:00:00", "07:12:00"),),
            ),
            Run("replay {case}/trend.csv", None, loud="separator|Datum"),
        ),
    ),
    Case(
        "niagara-file-a-point",
        (
            *after_init(
                "{case}/*.csv", LOST_AT_EIGHT, written=(("site.toml", "degF"), ("site.toml", "crac-01_sup"))
            ),
            Run("replay {case}/crac-01_*.csv --config {case}/coolwatch.toml", None, loud="file|Value"),
        ),
    ),
    Case(
        "otlp-json",
        (
            Run(
                "replay {case}/otlp.jsonl.gz --json", None, loud="hw.temperature", says=("crac-01",), unread=0
            ),
            *after_init("{case}/otlp.jsonl.gz", lost("17:36:40", "17:39:00")),
        ),
    ),
    Case(
        "own-json-keys",
        (Run("replay {case}/sensor.jsonl.gz --json", told=(lost("17:36:40", "17:39:00"),), read=7560),),
    ),
    Case("prometheus-kafka-adapter", after_init("{case}/prom.jsonl.gz", lost("17:36:40", "17:39:00"))),
    Case(
        "psu-inlet-through-templates",
        (
            *(
                Run(f"replay {{case}}/{log}.jsonl.gz --json", None, never="", unread=0)
                for log in ("psu_first", "psu_jitter", "ipmi_psu", "redfish_psu_calm")
            ),
            *(
                Run(f"replay {{case}}/{log}.jsonl.gz --json", told=(lost("20:06:40", "20:10:00"),))
                for log in ("redfish_nopsu", "redfish_psu", "redfish_absent")
            ),
        ),
    ),
    Case(
        "row-a-machine",
        (
            *after_init("{case}/cdu_rows.csv", lost("03:00:00", "03:10:00")),
            Run(
                "replay {case}/cdu_rows.csv --site {case}/site.toml --json",
                1,
                loud="unit_id|wo sources|cdu-1",
                says=("unit_id|wo sources|cdu-1",),
            ),
        ),
    ),
    Case(
        "slow-trends",
        tuple(
            Run(f"replay {{case}}/{log} --json", told=(Told(LOSS, "stopped|units_lost", second, first),))
            for log, first, second in (
                ("trend300.jsonl.gz", "2025-06-16T19:11:40Z", "2025-06-16T19:17:10Z"),
                ("trend600.jsonl.gz", "2025-06-16T19:16:40Z", "2025-06-16T19:27:10Z"),
                ("trend900.jsonl.gz", "2025-06-16T19:21:40Z", "2025-06-16T19:37:10Z"),
                ("trend1800.jsonl", "2025-06-16T19:36:40Z", "2025-06-16T20:07:10Z"),
                ("trend15.jsonl.gz", "2025-06-16T21:06:40Z", "2025-06-16T21:22:10Z"),
            )
        ),
    ),
    Case(
        "spellings",
        (
            *(Run(f"replay {{case}}/{log}.jsonl --json", None, read=1, unread=0) for log in SPELLED),
            *(
                Run(f"replay {{case}}/{log}.jsonl --json", 1, says=("hall|Hall",))
                for log in ("deep", "dotpt")
            ),
            *(
                Run(f"replay {{case}}/{log}.jsonl --json", 1, says=("time_zone",))
                for log in ("nozone", "space")
            ),
            *(Run(f"replay {{case}}/{log}.jsonl --json", 1, read=0) for log in ("valnan", "valnull")),
            *(
                Run(
                    f"replay {{case}}/{log}.jsonl --json",
                    None,
                    rejected_only=r"RPM|rpm|revolutions|Hz|kWh|dC",
                    named=r'"unit": "([^"]+)"',
                )
                for log in ("units", "units2")
            ),
        ),
    ),
    Case(
        "states-as-words",
        (
            Run(
                "replay {case}/onoff.csv --json",
                told=(lost("02:30:00", "02:32:10", "stopped|units_lost"),),
                unread=0,
            ),
        ),
    ),
    Case(
        "telegraf-snmp-tenths",
        (
            Run(
                "init --from {case}/telegraf_snmp.jsonl --out {out} --force",
                None,
                written=(("site.toml", "SupplyAirTempMetric"),),
            ),
            Run("replay {case}/telegraf_snmp.jsonl " + MADE, None, told=(lost("17:36:40", "17:42:00"),)),
            Run(
                "replay {case}/telegraf_snmp.jsonl --config {out}/tenths.toml --json",
                None,
                told=(lost("17:36:40", "17:42:00"),),
                files=(
                    ("tenths.toml", '[messages]\ntemplates = ["{out}/inrow.toml"]\n'),
                    ("inrow.toml", TENTHS),
                ),
            ),
        ),
    ),
    Case(
        "two-machines-one-id",
        (
            Run(
                "replay {case}/dup_host.jsonl.gz --json",
                None,
                told=(
                    Told(
                        "telemetry",
                        "hall-1/crac-02.*two sources|two sources.*hall-1/crac-02",
                        "2025-06-15T15:36:40Z",
                    ),
                ),
            ),
        ),
    ),
    Case(
        "unit-flips-to-fahrenheit",
        (
            Run(
                "replay {case}/flip_f.jsonl.gz --json",
                None,
                told=(Told("telemetry|sensor", "degF", f"{DAY}20:09:00Z", f"{DAY}20:06:40Z"),),
                never="cooling",
            ),
        ),
    ),
)
