import { JobList } from '/work/main/src/core/jobList.ts';
import { scriptedBackend } from '/work/main/test/fakes/backend.ts';
import { fakeClock, settle } from '/work/main/test/fakes/clock.ts';
import { jobOf, running } from '/work/main/test/fakes/jobs.ts';
import { memoryLog, memoryStore } from '/work/main/test/fakes/memoryStore.ts';
const make = (turn:number) => Array.from({length:10000},(_, n)=> jobOf({id:`j${n}`, name:`job ${n}`, state: running, submitted: new Date(2026,1,1), resources:[{label:'Node',value:'m6'},{label:'CPU',value:'4'}], inputs:{a:'1',b:'2'}, files:[{name:'x',kind:'result'}], reason: n%100===0?`turn ${turn}`:'x'}));
const place = scriptedBackend(make(0));
const list = new JobList({clock: fakeClock(), log: memoryLog(), store: memoryStore()});
let changes: number[] = [];
list.changed(c => changes.push(c.updated.length));
place.answer = async () => ({jobs: place.jobs, more:false, malformed:[]});
list.setBackends([place.backend]);
await list.refresh();
for (let t=1;t<8;t++){ place.jobs = make(t); const b=performance.now(); await list.refresh(); console.log((performance.now()-b).toFixed(1)); }
console.log(changes);
list.dispose();
