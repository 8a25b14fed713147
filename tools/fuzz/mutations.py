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

"""Changes to a JSON object that leave most of it whole.

A reader of JSON turns almost every text away that single bytes were changed
in. These changes keep the form and so reach the rules of the single fields.
"""

import json
import random

_VALUES = (
    'null',
    'true',
    '0',
    '1',
    '-1',
    '2147483648',
    '1.5',
    '1e999',
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '[]',
    '{}',
    '{"a": "b"}',
    '{"": "a"}',
    '{"a": 1e999}',
    f'{{"a": "{"b" * 256}"}}',
    f'"{"b" * 255}"',
    f'"{"b" * 256}"',
    '"2026-01-02T03:04:05Z"',
    '"6f1d4a2e-3b1c-4d5e-8f90-a1b2c3d4e5f6"',
)


def mutate(data, largest, seed, of_bytes):
    """Return an input made from ``data``.

    :param data: the input to change
    :param largest: how many bytes may come back, at most
    :param seed: a number that decides what is changed
    :param of_bytes: the fuzzer's own change of bytes, for what is no JSON
        object and for the insides of values
    """
    chooser = random.Random(seed)
    members = _members(data)
    if not members or chooser.random() < 0.3:
        return of_bytes(data, largest)
    place = chooser.randrange(len(members))
    chooser.choice(_CHANGES)(members, place, chooser, of_bytes)
    text = ', '.join(f'{key}: {value}' for key, value in members)
    return f'{{{text}}}'.encode('utf-8', 'surrogateescape')[:largest]


def _members(data):
    """Return the pairs of the JSON object, each of two JSON texts."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        return []
    if not isinstance(document, dict):
        return []
    return [[json.dumps(key), json.dumps(document[key])] for key in document]


def _drop(members, place, chooser, of_bytes):
    del members[place]


def _repeat(members, place, chooser, of_bytes):
    members.append(members[place])


def _replace(members, place, chooser, of_bytes):
    members[place][1] = chooser.choice(_VALUES)


def _swap(members, place, chooser, of_bytes):
    members[place][1] = chooser.choice(members)[1]


def _wrap(members, place, chooser, of_bytes):
    levels = chooser.randrange(1, 11)
    members[place][1] = '[' * levels + members[place][1] + ']' * levels


def _rewrite(members, place, chooser, of_bytes):
    inside = members[place][1].strip('"').encode()
    inside = of_bytes(inside, len(inside) + 16).decode(
        'utf-8', 'surrogateescape'
    )
    members[place][1] = chooser.choice((f'"{inside}"', inside))


_CHANGES = (_drop, _repeat, _replace, _swap, _wrap, _rewrite, _rewrite)
