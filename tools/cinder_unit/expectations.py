# Copyright 2026 cinder-backup-meta contributors
#
# Licensed under the Apache License, Version 2.0 (the "License"); you may
# not use this file except in compliance with the License. You may obtain
# a copy of the License at
#
#      http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
# WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
# License for the specific language governing permissions and limitations
# under the License.

"""Reads expectations.yaml, the list of tests with a reason not to pass."""

import dataclasses
import pathlib
import typing

import yaml

PATH = pathlib.Path(__file__).with_name('expectations.yaml')


@dataclasses.dataclass(frozen=True)
class Expectations:
    """Two mappings from a test's id to the reason that the list gives."""

    expected_failures: dict[str, str]
    needs_unprivileged_user: dict[str, str]


def read(path: pathlib.Path = PATH) -> Expectations:
    """Return the list.

    :raises ValueError: an entry has no id or no reason, an id is there twice,
        or a section is unknown
    """
    content = yaml.safe_load(path.read_text())
    names = {field.name for field in dataclasses.fields(Expectations)}
    if set(content) != names:
        raise ValueError(f'{path.name} must have the sections {sorted(names)}')
    return Expectations(**{name: _section(content[name]) for name in names})


def _section(entries: list[dict[str, typing.Any]]) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for entry in entries:
        if set(entry) != {'test', 'reason'} or not all(entry.values()):
            raise ValueError(f'not a test and its reason: {entry}')
        if entry['test'] in reasons:
            raise ValueError(f'listed twice: {entry["test"]}')
        reasons[entry['test']] = str(entry['reason']).strip()
    return reasons
