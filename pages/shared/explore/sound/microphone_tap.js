// @ts-nocheck An AudioWorklet has names of its own, which TypeScript does not know.
// Runs beside the page, where sound comes by: hands on what the microphone hears, as it is.

class Tap extends AudioWorkletProcessor {
  process([[samples]]) {
    if (samples) this.port.postMessage(samples.slice());
    return true;
  }
}

registerProcessor("tap", Tap);
