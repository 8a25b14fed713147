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

"""Files of SQLite, which are created by connecting to them."""

import os

import sqlalchemy as sa


def is_missing(connection: str) -> bool:
    """Return whether a URL of SQLAlchemy names a file that does not exist.

    Callers ask this before they read a database, to avoid creating it. A file
    in a directory that may not be read is not missing.

    :raises sqlalchemy.exc.ArgumentError: if it is not a URL of SQLAlchemy
    """
    url = sa.engine.make_url(connection)
    if url.get_backend_name() != 'sqlite' or not url.database:
        return False
    try:
        os.stat(url.database)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass
    return False
