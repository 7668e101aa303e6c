import { CREATE } from '../../../src/store/redis/scripts/create.js'
import { DELETE } from '../../../src/store/redis/scripts/delete.js'
import { INSPECT } from '../../../src/store/redis/scripts/inspect.js'
import { JOIN_SET } from '../../../src/store/redis/scripts/join.js'
import { MARK } from '../../../src/store/redis/scripts/mark.js'
import { READ_PAGE } from '../../../src/store/redis/scripts/page.js'
import type { Script } from '../../../src/store/redis/scripts/script.js'
import { SUPERSEDED } from '../../../src/store/redis/scripts/superseded.js'
import { UNLINK } from '../../../src/store/redis/scripts/unlink.js'
import { UNSEAT } from '../../../src/store/redis/scripts/unseat.js'
import { UPDATE } from '../../../src/store/redis/scripts/update.js'
import { WRITE } from '../../../src/store/redis/scripts/write.js'

/** All scripts, by name. */
export const SCRIPTS: Readonly<Record<string, Script>> = {
  CREATE,
  DELETE,
  INSPECT,
  JOIN_SET,
  MARK,
  READ_PAGE,
  SUPERSEDED,
  UNLINK,
  UNSEAT,
  UPDATE,
  WRITE,
}
