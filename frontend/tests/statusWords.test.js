import assert from "node:assert/strict";
import { test } from "node:test";
import { Estimate, statusOf } from "../static/js/ui/photo/statusWords.js";

const state = (phase, more = {}) => ({ phase, online: true, ready: true, network: true, ...more });
const queued = (eta_s, position = 1) => ({ kind: "queued", position, eta_s });

/** What is told of phases that come at certain seconds, at a later second. */
function told(news, at_s) {
  const estimate = new Estimate();
  let phase;
  for (const [s, one] of news) phase = estimate.hear(one, s * 1000);
  return statusOf(state(phase), estimate.at(at_s * 1000));
}

test("every state of the painting is told in plain words", () => {
  const text = (phase) => statusOf(state(phase)).text;
  assert.equal(text(queued(4, 3)), "3rd in line, about 4 s");
  assert.equal(text(queued(null)), "Next in line");
  assert.equal(
    text({ kind: "running", attempt: 2, eta_s: null }),
    "The painter stopped; trying again (2 of 3)",
  );
  assert.equal(text({ kind: "done", took_s: 0.42 }), "Done in 0.4 s");
  assert.equal(statusOf(state({ kind: "failed", code: "x", message: "No." })).action, "retry");
});

test("an estimate counts down, and says so once it has run out", () => {
  const news = [
    [0, { kind: "sending" }],
    [0, queued(5)],
  ];
  assert.equal(told(news, 0).text, "Next in line, about 5 s");
  assert.equal(told(news, 3).text, "Next in line, about 2 s");
  const late = told(news, 14);
  assert.equal(late.text, "Next in line, longer than expected: 14 s so far");
  assert.ok(late.late && late.eta_s === null, "and the bar no longer pretends to know");
});

test("the same estimate given again does not begin anew, a longer one does", () => {
  const again = [
    [0, { kind: "sending" }],
    [0, queued(1)],
    [10, queued(1)],
    [20, queued(1.2)],
  ];
  assert.match(told(again, 21).text, /21 s so far/);
  assert.equal(told([...again, [22, queued(40)]], 24).text, "Next in line, about 38 s");
  assert.equal(told([...again, [22, queued(9, 2)]], 23).text, "2nd in line, about 8 s");
});

test("painting that takes longer than expected says so, too", () => {
  const running = { kind: "running", attempt: 1, eta_s: 2 };
  assert.equal(
    told(
      [
        [0, { kind: "sending" }],
        [1, running],
      ],
      2,
    ).text,
    "Painting",
  );
  assert.equal(
    told(
      [
        [0, { kind: "sending" }],
        [1, running],
      ],
      9,
    ).text,
    "Painting, longer than expected: 9 s so far",
  );
});

test("a limit of one's own is told apart from a busy service", () => {
  const waiting = (code) => statusOf(state({ kind: "waiting", code, retry_s: 7 })).text;
  assert.match(waiting("rate-limited"), /^You asked for a lot at once.* 7 s$/);
  assert.match(waiting("quota-exceeded"), /^You asked for a lot at once/);
  assert.match(waiting("queue-full"), /^The service is busy/);
});

test("a service that does not answer is told apart from a browser without a network", () => {
  const away = (more) => statusOf(state({ kind: "idle" }, { online: false, ...more })).text;
  assert.match(away({}), /^The service does not answer/);
  assert.match(away({ network: false }), /^You are offline/);
});
