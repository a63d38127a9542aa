"""Where is work done that one machine is too small for?

A client of a Dask cluster, jobs on it, and measurements as such jobs.
"""

from lmul_pe.model.extras import require

require("sweep", "work on a cluster")
