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

"""Files of SQLite, which come into being by being looked at."""

import os

import sqlalchemy as sa


def is_missing(connection: str) -> bool:
    """Tell whether a URL of SQLAlchemy names a file that does not exist.

    To be asked before a database is read that is not to be created by it. A
    file that can't be seen from here is not missing.

    :raises sqlalchemy.exc.ArgumentError: if it is no such URL
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
