"""Where work runs: in this process, in processes of this machine, or on a cluster.

engine.py     what an engine is: it opens pools, whose workers know a job and run its tasks
where.py      which engine is asked for, and the engine
here.py       this process
processes.py  worker processes of this machine
dask.py       a Dask cluster
ray.py        a Ray cluster
worker.py     what makes a process a worker of ours, and runs a task there

Tasks read what is finished, write their own result under its own name, whole or not at all, and
may be run again anywhere with the same result. So a worker that dies costs what it was doing, and
nothing depends on which engine ran what.
"""

from fewbytes.scale.engine import Engine, Pool, Task
from fewbytes.scale.where import ENGINES, at_work

__all__ = ["ENGINES", "Engine", "Pool", "Task", "at_work"]
