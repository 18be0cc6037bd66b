"""Figures for Prometheus. No label says anything about a person: kinds, lanes, loops and verdicts only."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from bot import __version__
from bot.domain.speech import Lane
from bot.domain.watch import Kind, Look, LoopState, Trouble, Waiting

CONTENT_TYPE = CONTENT_TYPE_LATEST
# Seconds; the loop may stall 50 ms at most (design.md), an alert has a second.
LAG_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)

# A second series with the birth of every counter would say nothing here.
disable_created_metrics()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Sight:
    """Where the figures that are read, not counted, come from."""

    look: Callable[[], Look | None]
    troubles: Callable[[], Iterable[Trouble]]
    loops: Callable[[], Mapping[str, LoopState]]
    leads: Callable[[], bool]
    heartbeats: Callable[[], Mapping[str, int]]
    knocks: Callable[[], Mapping[str, int]]


class Metrics:
    """Counts what is told to it, reads the rest from `sight`, and prints all of it. A registry of its own."""

    def __init__(self, sight: Sight) -> None:
        self.registry = CollectorRegistry()
        self._updates = self._counter("updates", "Updates from Telegram that were kept; repeats count again.")
        self._answers = self._counter("answers", "Answers that were kept.")
        self._checkins = self._counter("checkins_opened", "Check-ins that were opened.")
        self._alerts = self._counter("alert_events", "Lines added to alerts' timelines.", "kind")
        self._sends = self._counter("sends", "Calls to Telegram, by how they ended.", "kind", "verdict")
        self._lag = Histogram(
            "bonewatch_event_loop_lag_seconds",
            "How late the process's event loop was.",
            registry=self.registry,
            buckets=LAG_BUCKETS,
        )
        self.registry.register(_Seen(sight))
        ProcessCollector(registry=self.registry)

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        return Counter(f"bonewatch_{name}", help_text, labels, registry=self.registry)

    def saved(self, counts: Tally[str]) -> None:
        """A unit of work was committed that kept so many of each (`bot.store.session.Unit.counts`)."""
        for name, count in counts.items():
            what, _, kind = name.partition(" ")
            match what:
                case "updates":
                    self._updates.inc(count)
                case "answers":
                    self._answers.inc(count)
                case "checkins":
                    self._checkins.inc(count)
                case "alert":
                    self._alerts.labels(kind).inc(count)

    def sent(self, kind: str, verdict: str) -> None:
        """A call to Telegram ended with this verdict."""
        self._sends.labels(kind, str(verdict).replace(" ", "_")).inc()

    def lagged(self, seconds: float) -> None:
        """The event loop woke so late."""
        self._lag.observe(seconds)

    def text(self) -> bytes:
        """All figures in Prometheus's text format."""
        return generate_latest(self.registry)


class _Seen(Collector):
    """What the watchdog saw last, and how the loops are doing now."""

    def __init__(self, sight: Sight) -> None:
        self._sight = sight

    def collect(self) -> Iterable[Metric]:
        """All of it."""
        look = self._sight.look()
        yield from self._process()
        yield from _lanes("outbox", "Messages that wait in the outbox", look, look.outbox if look else {})
        yield from _lanes("cards", "Cards that show less than they should", look, look.cards if look else {})
        yield from _alerts(look)
        lag = look.tick_lag.total_seconds() if look else None
        yield _plain("tick_lag_seconds", "How long the earliest due moment has been waiting.", lag)
        parked = look.parked if look else None
        yield _plain("updates_parked", "Updates put aside after failing again and again.", parked)
        failing = look.moments_failing if look else None
        yield _plain("moments_failing", "Due moments that fail again and again, alerts aside.", failing)
        failed = look.knocks_failed if look else None
        yield _plain("knocks_failed", "Calls by a second channel that failed for good in the last hour.", failed)

    def _process(self) -> Iterable[Metric]:
        info = GaugeMetricFamily("bonewatch_info", "The version that runs.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        yield _plain("leader", "1 where this copy polls, ticks and sends.", int(self._sight.leads()))
        ages = GaugeMetricFamily(
            "bonewatch_loop_age_seconds", "Since the loop last went round without failing.", labels=["loop"]
        )
        for name, state in self._sight.loops().items():
            ages.add_metric([name], state.worked)
        yield ages
        beats = CounterMetricFamily("bonewatch_heartbeats", "Pings to HEARTBEAT_URL.", labels=["outcome"])
        for outcome, count in self._sight.heartbeats().items():
            beats.add_metric([outcome], count)
        yield beats
        knocks = CounterMetricFamily("bonewatch_knocks", "Calls by a second channel, each try.", labels=["outcome"])
        for outcome, count in self._sight.knocks().items():
            knocks.add_metric([outcome], count)
        yield knocks
        kinds = Tally({str(kind): 0 for kind in Kind})
        kinds.update(str(trouble.kind) for trouble in self._sight.troubles())
        found = GaugeMetricFamily("bonewatch_troubles", "Troubles the watchdog sees now.", labels=["kind"])
        for kind, count in kinds.items():
            found.add_metric([kind], count)
        yield found


def _plain(name: str, help_text: str, value: float | None) -> Metric:
    """A figure without labels; without a value until the watchdog has looked."""
    family = GaugeMetricFamily(f"bonewatch_{name}", help_text)
    if value is not None:
        family.add_metric([], value)
    return family


def _lanes(name: str, what: str, look: Look | None, waiting: Mapping[int, Waiting]) -> Iterable[Metric]:
    rows = GaugeMetricFamily(f"bonewatch_{name}_rows", f"{what}, by lane.", labels=["lane"])
    oldest = GaugeMetricFamily(f"bonewatch_{name}_oldest_seconds", "Since the oldest was due.", labels=["lane"])
    for lane in Lane if look else ():
        found = waiting.get(lane)
        rows.add_metric([lane.name.lower()], found.count if found else 0)
        late = (look.at - found.since).total_seconds() if look and found else 0.0
        oldest.add_metric([lane.name.lower()], max(0.0, late))
    yield rows
    yield oldest


def _alerts(look: Look | None) -> Iterable[Metric]:
    family = GaugeMetricFamily("bonewatch_alerts_open", "Open alerts, by whether somebody has them.", labels=["owned"])
    if look:
        family.add_metric(["yes"], look.alerts_owned)
        family.add_metric(["no"], look.alerts_unowned)
    yield family
    lost = len(look.lost) if look else None
    yield _plain("alerts_lost", "Open alerts without owner or next step.", lost)
    yield _plain(
        "oldest_lost_alert_seconds",
        "Age of the oldest open alert without owner or next step; 0 when there is none.",
        _age(look) if look else None,
    )


def _age(look: Look) -> float:
    since = look.oldest_lost_raised_at
    return (look.at - since).total_seconds() if since else 0.0
