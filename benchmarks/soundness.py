"""The check of a very large procedure, from text to certificate, beside reading the YAML alone."""

from __future__ import annotations

import time
from statistics import median

import yaml

from benchmarks.results import Result, spread
from impasse.adapters.files.workflows import parse_workflow
from impasse.domain.soundness import certify

AT_MOST = 2.0
"""Seconds for a procedure of a thousand stages."""

_HEAD = """\
format: 1
name: large
version: "1"
label: {nl: Groot, en: Large}
description: {nl: Groter dan enige afspraak., en: Larger than any agreement.}
initial: stage_0
stages:
"""
_STAGE = """\
  stage_{number}:
    number: {place}
    label: {{nl: Fase {place}, en: Stage {place}}}
    purpose: {{nl: Werk., en: Work.}}
    owner: secretariat
    next_action: {{nl: Doe het werk, en: Do the work}}
    term:
      length: 8 weeks
      basis: agreement
      source: {{nl: Afspraak, en: Agreement}}
      reminders: [{{before: 10 working days, notify: [party]}}]
      on_expiry:
        - {{after: 0 working days, notify: [party, secretariat]}}
        - {{after: 5 working days, tier: directors, notify: [party, secretariat]}}
"""
_REST = """\
  rest:
    kind: pause
    label: {nl: Rust, en: Rest}
    purpose: {nl: Even niets., en: Nothing for a while.}
    owner: secretariat
    term:
      agreed: true
      length: 6 months
      basis: agreement
      on_expiry: [{after: 0 working days, trigger: resume, notify: [party]}]
  done:
    kind: ending
    label: {nl: Klaar, en: Done}
    purpose: {nl: Afgerond., en: Finished.}
transitions:
"""
_ONWARD = """\
  - trigger: go_{number}
    label: {{nl: Ga verder, en: Go on}}
    from: [stage_{number}]
    to: {target}
    roles: [secretariat]
    guards: {{required: [two_governments], advised: [all_parties_heard]}}
  - trigger: return_{number}
    label: {{nl: Ga terug, en: Go back}}
    from: [stage_{number}]
    to: stage_{earlier}
    roles: [secretariat, party]
"""
_TAIL = """\
  - trigger: pause
    label: {nl: Rust, en: Rest}
    from: any
    to: rest
    roles: [secretariat]
    guards: {required: [standstill_agreed_by_all]}
  - trigger: resume
    label: {nl: Hervat, en: Resume}
    from: [rest]
    to: back
    roles: [secretariat, clock]
  - trigger: reopen
    label: {nl: Heropen, en: Reopen}
    from: [done]
    to: stage_0
    roles: [secretariat]
"""


def procedure(stages: int) -> str:
    """Return a sound procedure of so many stages, the longest way through it passing them all."""
    active = range(stages - 2)
    last = active[-1]
    return "".join(
        [
            _HEAD,
            *(_STAGE.format(number=number, place=number + 1) for number in active),
            _REST,
            *(
                _ONWARD.format(
                    number=number,
                    target="done" if number == last else f"stage_{number + 1}",
                    earlier=number // 2,
                )
                for number in active
            ),
            _TAIL,
        ]
    )


def measure(*, stages: int, rounds: int) -> list[Result]:
    """Time reading, checking and certifying, each in seconds of the processor."""
    text = procedure(stages)
    checking, reading = [], []
    states = 0
    for _ in range(rounds):
        begun = time.thread_time()
        workflow = parse_workflow(text, "large.yaml")
        certificate = certify(workflow)
        checking.append(time.thread_time() - begun)
        begun = time.thread_time()
        yaml.safe_load(text)
        reading.append(time.thread_time() - begun)
        assert certificate.sound
        states = certificate.states
    ratio = median(checking) / median(reading)
    return [
        Result(
            f"check of {stages:,} stages ({states:,} positions), seconds", "memory",
            spread(checking, 2), f"`yaml.safe_load` alone {spread(reading, 2)}", f"{ratio:.2f}",
            f"at most {AT_MOST:.0f}", median(checking) <= AT_MOST,
        )
    ]  # fmt: skip
