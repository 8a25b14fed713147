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

"""The directive ``command-arguments``: those of a command, from the code."""

from docutils import nodes
from docutils.parsers.rst import Directive

from cinder_backup_meta.client.cli import arguments


class CommandArguments(Directive):
    """Shows a table of :mod:`cinder_backup_meta.client.cli.arguments`."""

    required_arguments = 1

    def run(self):
        found = nodes.definition_list()
        for names, settings in getattr(arguments, self.arguments[0]):
            item = nodes.definition_list_item()
            term = nodes.term()
            term += nodes.literal(text=_usage(names, settings))
            item += term
            definition = nodes.definition()
            definition += nodes.paragraph(text=settings['help'])
            item += definition
            found += item
        return [found]


def _usage(names, settings):
    value = settings.get('metavar')
    if 'choices' in settings:
        value = '{' + ','.join(settings['choices']) + '}'
    if not names[0].startswith('-'):
        return f'[{value}]' if settings.get('nargs') == '?' else value
    return ' '.join(filter(None, (names[0], value)))


def setup(app):
    app.add_directive('command-arguments', CommandArguments)
    return {'parallel_read_safe': True}
