"""Times that the measured and the simulated service share, in seconds."""

#: A simulated GPU needs this long for a batch, and for each picture in it.
BATCH_S, ITEM_S, BATCH_ITEMS = 0.05, 0.02, 8
#: How the page polls (frontend/static/js/service/polling.js).
QUEUE_POLL_S, LONG_POLL_S, MIN_POLL_S = 0.5, 20.0, 0.1
