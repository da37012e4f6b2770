"""``coolwatch replay``: recorded logs through the same engine as the daemon's.

Ticks that are still open when the log ends stay open, as they would in a
daemon that was stopped there: replay and daemon agree to the last row. Their
readings are the ``waiting`` of the books.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import msgspec
import typer

from config.errors import ConfigError
from config.kinds import load_kinds
from config.settings import Settings
from config.site import Site
from detector.service.daemon.contained import rule_sentences, sentence
from detector.service.daemon.operations import incident_of
from detector.service.daemon.outputs import Outputs
from detector.service.daemon.renamed import rename_conditions
from detector.service.engines.pipeline import Pipeline
from detector.service.people.exit_codes import EXIT_NOT_RIGHT
from detector.service.people.progress import progress_bar
from detector.service.people.words import incident_line, warning_line
from detector.service.replay.replayed import Replayed
from detector.service.replay.report import write_report
from detector.service.replay.side_file import SideFile
from detector.service.setup.configuration import load
from streams.formats.not_understood import listed, not_understood
from streams.messages import Incident
from streams.sinks.dead_letters import DeadLetters
from streams.sinks.letter_file import LetterFile
from streams.sinks.score_log import ScoreLog
from streams.sources.logs import LogSource

DEAD_LETTERS = "rejected.jsonl"


def replay_logs(
    logs: Sequence[Path],
    site: Path | None,
    config: Path | None,
    *,
    as_json: bool,
    report: Path | None,
    dead_letters: Path | None,
) -> None:
    """Judge the logs; print one JSON object, or the incidents and the books in words."""
    settings, model = load(config, site)
    letters = dead_letters or (report / DEAD_LETTERS if report else Path(DEAD_LETTERS))
    side = SideFile(letters)
    file = LetterFile(side.draft)
    rejects = DeadLetters(file, per_minute=sys.maxsize)
    scores, sink = None, None
    if report is not None:
        report.mkdir(parents=True, exist_ok=True)
        scores = SideFile(report / "scores.lp")
        sink = ScoreLog(scores.draft, max_bytes=sys.maxsize)
    with ExitStack() as open_files:
        open_files.callback(rejects.close)
        if sink is not None:
            open_files.callback(sink.close)
        replayed = replay(logs, model, settings, Outputs(sink, dead_letters=rejects))
    problems = [side.done(file.last_error)]
    if as_json:
        typer.echo(msgspec.json.encode(replayed.as_object()).decode())
    else:
        _print(replayed)
    if rejects.by_reason:
        reasons = ", ".join(f"{count} {reason}" for reason, count in rejects.by_reason.most_common())
        kept = f"; each stands in {letters}" if not file.unwritten else ""
        typer.echo(f"rejected: {reasons}{kept}", err=True)
    if report is not None and sink is not None and scores is not None:
        problems.append(scores.done(sink.counts().last_error))
        problems.append(_report_problem(report, logs, replayed))
        if not any(problems) and not as_json:
            typer.echo(f"report: {report / 'report.html'}")
    for problem in filter(None, problems):
        typer.echo(f"coolwatch: {problem}", err=True)
    if replayed.failures or replayed.not_understood or any(problems):
        raise typer.Exit(EXIT_NOT_RIGHT)


def _report_problem(report: Path, logs: Sequence[Path], replayed: Replayed) -> str:
    """Write the report; what kept it from being written, in words."""
    try:
        write_report(report, logs, replayed)
    except ConfigError as error:
        return f"{error.where}: {error.problem}"
    return ""


def replay(logs: Sequence[Path], site: Site, settings: Settings, outputs: Outputs) -> Replayed:
    """Judge the logs from the first line to the last."""
    source = LogSource(logs, settings.log, settings.messages)
    engines = Pipeline(site, load_kinds(), settings)
    replayed = Replayed(rules_off=tuple(settings.rules.off))
    refused: Counter[str] = Counter()
    with progress_bar("replay") as tell:
        for decoded in source.decoded(engines.decoder):
            judged = engines.take(decoded)
            outputs.reject(judged.rejects)
            replayed.rejects += len(judged.rejects)
            for verdict in judged.verdicts:
                outputs.take(verdict, verdict.ids, live=False, topic=logs[0].name, partition=0)
                replayed.take(verdict.incidents)
                replayed.rejects += len(verdict.rejected)
                refused.update(each.reason for each in verdict.rejected)
            engines.renames.look(engines.decoder.directory, engines.zones)
            tell(source.read_bytes / max(source.total_bytes, 1), f"{len(replayed.incidents)} incidents")
    replayed.take(_renamed(engines))
    replayed.counts = engines.counts()
    where = ", ".join(log.name for log in logs)
    replayed.not_understood = source.not_read()
    replayed.not_understood += not_understood(
        engines.understood,
        where,
        replayed.counts,
        engines.belated(),
        refused,
        engines.decoder.directory.ids,
    )
    replayed.unclaimed = dict(engines.understood.unclaimed.most_common())
    troubles = {zone: engine.trouble for zone, engine in engines.zones.engines.items()}
    replayed.failures = [said for zone, trouble in troubles.items() if (said := sentence(zone, trouble))]
    for zone, trouble in troubles.items():
        replayed.failures += [said for _, said in rule_sentences(zone, trouble)]
    return replayed


def _renamed(engines: Pipeline) -> list[Incident]:
    """Points that go on under a new name, told as a daemon would."""
    renamed = engines.renamed()
    noticed = {each.zone: each for each in renamed}
    return [
        incident_of(condition, noticed[condition.zone].began, noticed[condition.zone].noticed)
        for condition in rename_conditions(renamed)
    ]


def _print(replayed: Replayed) -> None:
    for failure in replayed.said_first():
        typer.echo(failure)
    for told in replayed.in_order():
        typer.echo(warning_line(told.first, dated=True))
        if told.newest.resolved is not None or told.has_changed:
            typer.echo(incident_line(told.newest, dated=True))
    counts = replayed.counts
    if not replayed.incidents:
        typer.echo(_no_incident(replayed))
    typer.echo(
        f"\n{counts.records} records = {counts.decoded} decoded + {counts.rejected_records} rejected\n"
        f"{counts.readings} readings = {counts.scored} scored + {counts.waiting} waiting in open ticks"
        f" + {counts.late} late + {counts.duplicate} duplicate + {counts.rejected} rejected"
        f" + {counts.ignored} ignored"
        + (f" + {counts.absent} without a value" if counts.absent else "")
        + (f" + {counts.set_aside} set aside" if counts.set_aside else "")
    )
    if replayed.unclaimed:
        typer.echo(
            f"{sum(replayed.unclaimed.values())} of these ignored readings have names that nothing explains: "
            f"{listed(list(replayed.unclaimed))}. coolwatch init proposes what they mean.",
            err=True,
        )


def _no_incident(replayed: Replayed) -> str:
    """It is no good news where much was not read, or nothing judged."""
    if not replayed.counts.scored:
        return "Nothing could be judged, so nothing is known of incidents."
    if replayed.not_understood:
        return "No incident in what could be read and judged; of what could not be, nothing is known."
    return "No incident."
