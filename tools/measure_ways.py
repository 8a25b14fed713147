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

"""Measure the way of a record from the REST call to its row in the database.

``python tools/measure_ways.py [CHECKOUT]`` starts the embedded Cinder of a
checkout with a profiler in its threads and imports a single record and
a page of three. It prints which modules of the package were entered, and how
many rooms they are in, from the arrival of the request until the first row of
a backup was inserted. A module counts if one of its functions was called, not
if it was only imported. The periodic capture of the catalog is off.

The environment has to be one in which the functional tests run.
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile
import threading
import time
import types
import typing
import uuid

PACKAGE = 'cinder_backup_meta'
ROOT = pathlib.Path(__file__).resolve().parent.parent
FILE = 'MEASURE_WAYS_FILE'
CONFIG = {
    'DEFAULT': {'quota_backups': -1, 'quota_backup_gigabytes': -1},
    'backup_meta': {'verify': 'none'},
    'backup_meta_catalog': {'capture': False},
}
#: The bit of a code object that only functions have, as modules and the
#: bodies of classes do not.
OPTIMIZED = 0x1

#: When a function of each module was last called.
_called: dict[str, float] = {}


def _profile(frame: types.FrameType, event: str, _arg: object) -> None:
    if event == 'call' and frame.f_code.co_flags & OPTIMIZED:
        name = frame.f_globals.get('__name__', '')
        if name.startswith(f'{PACKAGE}.'):
            _called[name] = time.time()


def _executed(
    _connection: object, _cursor: object, statement: str, *_rest: object
) -> None:
    """Append the times of all calls to the file, once a row is inserted."""
    if statement.startswith('INSERT INTO backups '):
        with open(os.environ[FILE], 'a') as stream:
            print(json.dumps(dict(_called)), file=stream)


def serve() -> int:
    """Run the embedded Cinder with its threads under the profiler."""
    threading.setprofile(_profile)
    import sqlalchemy.engine
    import sqlalchemy.event

    sqlalchemy.event.listen(
        sqlalchemy.engine.Engine, 'after_cursor_execute', _executed
    )
    from cinder_backup_meta.cmd import embedded

    return embedded.main()


def way(cloud: typing.Any, file: pathlib.Path, count: int) -> list[str]:
    """Import records; return the modules between the request and the row.

    :param count: how many; a single one is sent by itself, not as a page
    """
    from cinder_backup_meta.tests import samples

    strings = [
        samples.encode(
            samples.record(
                id=str(uuid.uuid4()), volume_id=str(uuid.uuid4()), size=1
            )
        )
        for _ in range(count)
    ]
    body: dict[str, typing.Any] = {'backup_records': {'records': strings}}
    if count == 1:
        body = {'backup_record': {'backup_url': strings[0]}}
    file.write_text('')
    start = time.time()
    response = cloud.request('POST', '/v3/backup-records/import', json=body)
    assert response.status_code in (200, 201), response.text
    first = json.loads(file.read_text().splitlines()[0])
    return sorted(name for name, when in first.items() if when >= start)


def main(argv: list[str] | None = None) -> int:
    """Measure a checkout and print the ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('root', nargs='?', type=pathlib.Path, default=ROOT)
    root = parser.parse_args(argv).root.resolve()
    here = pathlib.Path(__file__).resolve()
    sys.path[0] = str(root)
    os.environ['PYTHONPATH'] = f'{root}:{here.parent}'

    from cinder_backup_meta.tests.functional import control_plane
    from cinder_backup_meta.tests.functional import process

    # The profiler makes the start slow.
    process.START_TIMEOUT = 300
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, 'calls')
        os.environ[FILE] = str(file)
        with control_plane.ControlPlane(
            config=CONFIG, module=here.stem
        ) as cloud:
            for title, count in (('single record', 1), ('page', 3)):
                # The first call opens what later ones find open.
                way(cloud, file, count)
                names = way(cloud, file, count)
                rooms = {name.split('.')[1] for name in names}
                print(f'{title}: {len(names)} modules in {len(rooms)} rooms')
                print(*(f'  {name}' for name in names), sep='\n')
    return 0


if __name__ == '__main__':
    sys.exit(serve() if FILE in os.environ else main())
