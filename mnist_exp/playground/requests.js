"use strict";
// Requests to workers, which compute off the page's main thread.

class Computer {
  constructor(script) {
    this.waiting = new Map();
    this.count = 0;
    this.worker = new Worker(URL.createObjectURL(new Blob([script], {type: "text/javascript"})));
    this.worker.onmessage = ({data}) => {
      const {resolve, reject} = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.error) reject(new Error(data.error)); else resolve(data);
    };
    this.worker.onerror = event => {
      for (const {reject} of this.waiting.values()) reject(new Error(event.message));
      this.waiting.clear();
    };
  }

  ask(kind, fields = {}) {
    return new Promise((resolve, reject) => {
      const id = ++this.count;
      this.waiting.set(id, {resolve, reject});
      this.worker.postMessage({id, kind, ...fields});
    });
  }
}

// Returns a function that runs the task. While the task runs, further calls lead to one more run, with the newest state.
function oneAtATime(task) {
  let running = false, again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) { again = false; await task(); }
    } catch (error) {
      showFailure(error);
    } finally {
      running = false;
    }
  };
}

function showFailure(error) {
  $("summary").textContent = `The page could not compute this: ${error.message}`;
}

// `drawing` answers while one draws. `analysis` has the requests that take long.
const computers = {drawing: null, analysis: null};

async function startComputers() {
  const script = $("worker").textContent;
  for (const name of Object.keys(computers)) {
    computers[name] = new Computer(script);
    await computers[name].ask("load", {data: page});
  }
}
