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

"""The directive ``record-fields``: the table of fields, from the code."""

from docutils import nodes
from docutils.parsers.rst import Directive

from cinder_backup_meta.record import fields


class RecordFields(Directive):
    """Shows :data:`cinder_backup_meta.record.fields.TABLE`."""

    def run(self):
        table = nodes.table()
        group = nodes.tgroup(cols=4)
        table += group
        for width in (30, 10, 10, 50):
            group += nodes.colspec(colwidth=width)
        head = nodes.thead()
        head += _row('field', 'null', 'required', 'at import')
        body = nodes.tbody()
        for field in fields.TABLE:
            body += _row(
                field.name,
                'yes' if field.nullable else 'no',
                'yes' if field.required else 'no',
                f'{field.use.name.lower()}: {field.use.value}',
            )
        group += head
        group += body
        return [table]


def _row(*texts):
    row = nodes.row()
    for text in texts:
        entry = nodes.entry()
        entry += nodes.paragraph(text=text)
        row += entry
    return row


def setup(app):
    app.add_directive('record-fields', RecordFields)
    return {'parallel_read_safe': True}
