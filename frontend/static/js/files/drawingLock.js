/**
 * Which drawing is this tab's: no two tabs ever write to the same one.
 *
 * It is a Web Lock, which the browser releases when the tab is closed or dies. Pages served
 * over plain http from another machine have no locks; there every visit is a drawing of its own.
 */
const PREFIX = "doodlescape.drawing.";

export class DrawingLock {
  #locks;
  #release = () => {};
  /** One after the other, for each lets go of the one before. @type {Promise<unknown>} */ #turn =
    Promise.resolve();

  /** @param {LockManager | undefined} [locks] */
  constructor(locks = globalThis.navigator?.locks) {
    this.#locks = locks;
  }

  /**
   * Lock a drawing and let go of the one held before.
   *
   * @param {string} id
   * @param {number} [timeout_ms] to wait for whoever holds it
   * @returns {Promise<boolean>} whether this tab may write to it
   */
  acquire(id, timeout_ms = 0) {
    const taking = this.#turn.then(() => this.#acquire(id, timeout_ms));
    this.#turn = taking;
    return taking;
  }

  /** @param {string} id @param {number} timeout_ms @returns {Promise<boolean>} */
  async #acquire(id, timeout_ms) {
    const locks = this.#locks;
    if (!locks) return false;
    return new Promise((resolve) => {
      const hold = (/** @type {Lock | null} */ lock) => {
        resolve(lock !== null);
        if (!lock) return undefined;
        this.#release();
        return /** @type {Promise<void>} */ (new Promise((free) => (this.#release = free)));
      };
      const how = timeout_ms ? { signal: AbortSignal.timeout(timeout_ms) } : { ifAvailable: true };
      locks.request(PREFIX + id, how, hold).catch(() => resolve(false));
    });
  }

  /** @returns {Promise<Set<string>>} ids of the drawings that are open in some tab */
  async held() {
    const { held = [] } = (await this.#locks?.query().catch(() => null)) ?? {};
    return new Set(held.map(({ name }) => (name ?? "").slice(PREFIX.length)));
  }
}
