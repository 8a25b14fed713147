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

"""Arguments that several sub-commands have."""

import argparse
from collections.abc import Callable
import typing


def add_format(parser: typing.Any) -> None:
    """Let the caller choose how a result is printed."""
    parser.add_argument(
        '--format',
        choices=('table', 'json'),
        default='table',
        help='how to print it (default: %(default)s)',
    )


def at_least(least: int, name: str) -> Callable[[str], int]:
    """Return what reads a whole number.

    :param name: what argparse calls it where it is no number
    """

    def read(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f'it must be {least} or more')
        return number

    read.__name__ = name
    return read
