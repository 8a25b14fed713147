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

"""The bundle: a file of many backup records.

Pages of an export come in and a file comes out, and the other way round. It
runs at a workstation, without Cinder and without a cloud. These two functions
are its Python interface::

    with bundle.read('cloud.bundle.zst') as found:
        print(found.records, found.header.created_at)
        for entry in found.entries():
            print(entry.id, entry.backup_service)

A bundle that cannot be read or written raises BundleRefused of
:mod:`cinder_backup_meta.client.errors`, and nothing else.

``format`` has the lines and their rules; ``reader`` and ``source`` read,
``writer``, ``journal`` and ``part`` (an export that can be resumed) and
``target`` write;
``summary`` describes the contents of a bundle.
"""

import sys

from cinder_backup_meta.client.bundle import format
from cinder_backup_meta.client.bundle import journal
from cinder_backup_meta.client.bundle import reader
from cinder_backup_meta.client.bundle import writer

STDOUT = '-'


def read(file: str) -> reader.Reader:
    """Open a bundle for reading and verify every line of it.

    :param file: a path, or - for the standard input. Compression is detected
        by the content
    :raises BundleRefused: if it is truncated, altered, or not a bundle
    """
    return reader.Reader(file)


def write(
    file: str,
    cloud: str | None = None,
    selection: format.Document | None = None,
    force: bool = False,
    resume: bool = False,
) -> writer.Writer:
    """Open a bundle for writing; the file appears when it is finished.

    :param file: a path, or - for the standard output. The bundle is
        compressed if the path ends with .zst
    :param cloud: the endpoint that is exported from
    :param selection: what the export asks for; None for the whole cloud
    :param force: replace an existing file, and discard what an interrupted
        export has left in FILE.part
    :param resume: continue the interrupted export, which must have asked for
        the same
    :raises BundleRefused: if the file cannot be written, or exists
    """
    header = format.Header.now(cloud, selection or {})
    if file == STDOUT:
        return writer.StreamWriter(
            'standard output', sys.stdout.buffer, header
        )
    return journal.PartWriter(file, header, force, resume)
