"""Times that the measured and the simulated service share, in seconds."""

#: CPU of a mean request of the people's mix, measured with 400 of them on one API process
#: (docs/scaling.md): of the API, and of Redis, workers and load generator together.
REQUEST_S, BESIDE_S = 0.00172, 0.0013

#: A simulated GPU needs this long for a batch, and for each picture in it.
BATCH_S, ITEM_S, BATCH_ITEMS = 0.05, 0.02, 8
#: How the page polls (frontend/static/js/service/polling.js).
QUEUE_POLL_S, LONG_POLL_S, MIN_POLL_S = 0.5, 20.0, 0.1
