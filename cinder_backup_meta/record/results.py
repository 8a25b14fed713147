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

"""The outcomes of an import or a recovery: their forms and their summary."""

import collections
from collections.abc import Iterable
import typing

from cinder_backup_meta import quoting

Item = typing.Mapping[str, typing.Any]
Summary = dict[str, typing.Any]

#: The backup was created, or would have been in a dry run
CREATED = 'created'
#: The backup existed before
UNCHANGED = 'unchanged'
#: The backup does not exist, for a reason that is given
REFUSED = 'refused'

RESULTS = (CREATED, UNCHANGED, REFUSED)


def summarize(items: Iterable[Item]) -> Summary:
    """Return the numbers of some outcomes.

    :param items: outcomes, each with ``result``, ``project_id``, ``size`` and
        ``parent_id``
    :returns: the number of each of RESULTS; for what was created also
        ``gigabytes``, ``chains`` (the number of full backups) and, by project
        in ``projects``, ``backups`` and ``gigabytes``
    """
    summary = empty()
    for item in items:
        summary[item['result']] += 1
        if item['result'] != CREATED:
            continue
        size = int(item['size'] or 0)
        summary['gigabytes'] += size
        summary['chains'] += item['parent_id'] is None
        project = summary['projects'].setdefault(
            item['project_id'], {'backups': 0, 'gigabytes': 0}
        )
        project['backups'] += 1
        project['gigabytes'] += size
    return summary


def typed(item: Item) -> dict[str, typing.Any]:
    """Return an outcome as JSON data; RPC carries only strings and null."""
    values = dict(item)
    size = values['size']
    values['size'] = None if size is None else int(size)
    if 'ancestor' in values:
        values['ancestor'] = values['ancestor'] is not None
    return values


def subject(item: Item) -> str:
    """Return, in words and in one line, what an outcome is about.

    :param item: an outcome, or a backup that an export has left out; ``line``
        or ``index``, if it has one, tell of what cannot be read at all
    """
    words = []
    if item.get('line') is not None:
        words.append(f'line {item["line"]}')
    if item.get('id') is not None:
        words.append(f'backup {item["id"]}')
    elif not words and item.get('index') is not None:
        words.append(f'record {item["index"] + 1}')
    text = ', '.join(words) or 'a record'
    if item.get('name'):
        text += f' "{quoting.quote(item["name"])}"'
    if item.get('project_id'):
        text += f' of project {quoting.quote(item["project_id"])}'
    return text


def empty() -> Summary:
    """Return the summary of no outcomes."""
    return {
        **dict.fromkeys(RESULTS, 0),
        'gigabytes': 0,
        'chains': 0,
        'projects': {},
    }


def add(total: Summary, page: Summary) -> None:
    """Add the summary of another page to a total."""
    for name in (*RESULTS, 'gigabytes', 'chains'):
        total[name] += page[name]
    for project_id, numbers in page['projects'].items():
        known = collections.Counter(total['projects'].get(project_id, {}))
        known.update(numbers)
        total['projects'][project_id] = dict(known)
