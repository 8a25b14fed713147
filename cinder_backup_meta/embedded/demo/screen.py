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

"""What the demonstration prints."""

import textwrap
import typing

from cinder_backup_meta.embedded.demo import table

_INDENT = '    '


class Screen:
    """Prints steps, commands and results as they come."""

    def __init__(self, steps: int) -> None:
        self._steps = steps
        self._step = 0

    def say(self, text: str = '') -> None:
        """Print a paragraph as it is."""
        print(text, flush=True)

    def step(self, what: str, why: str) -> None:
        """Begin the next step."""
        self._step += 1
        self.say(f'\n[{self._step}/{self._steps}] {what}')
        self.say(
            textwrap.fill(
                why, 76, initial_indent=_INDENT, subsequent_indent=_INDENT
            )
        )

    def command(self, arguments: typing.Sequence[str]) -> None:
        """Print a command as one would type it."""
        self.say(f'{_INDENT}$ ' + ' '.join(map(table.shorten, arguments)))

    def result(self, text: str) -> None:
        """Print what came of it."""
        self.say(textwrap.indent(text, _INDENT))
