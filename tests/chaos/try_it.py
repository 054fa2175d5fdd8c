import sys,tempfile,time,logging
from pathlib import Path
from tests.chaos.installation import Installation, Setting
from tests.chaos.killing import kill_under_load, recoveries
from tests.chaos.checks import violations, duplicates
from collections import Counter
kills=int(sys.argv[1])
folder=Path(tempfile.mkdtemp(prefix="covet-chaos-"))
t=time.time()
with Installation(folder, f"sqlite:///{folder/'l.db'}", Setting(int(sys.argv[2]))) as i:
    i.start()
    kill_under_load(i, kills)
    print("killed", time.time()-t)
    try:
        i.settle()
    except AssertionError as e: print(str(e)[:3000])
    print("settled", time.time()-t)
    h=i.history()
    print("history", time.time()-t)
v=violations(h)
print(len(v)); print("\n".join(v[:40]))
print(Counter(x.split(":")[0] for x in v))
r=recoveries(h)
for x in (r.to_accept,r.to_page):
    x.sort(); print(len(x), x[len(x)//2:][:1], x[-1:])
print("posted",len(h.posted),Counter(p.status for p in h.posted),"arr",len(h.arrivals),"inc",len(h.incidents),"notif",len(h.notifications),Counter(n.delivery for n in h.notifications),"wires",len(h.wires),"dups",Counter(d[1] for d in duplicates(h)), "decided",Counter((d.what,d.was_done) for d in h.decided))
print(Counter(e.kind for x in h.incidents for e in x.entries))
print(folder)
print("Traceback" in i.log, "stumbled" in i.log)
