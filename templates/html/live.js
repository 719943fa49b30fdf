(() => {
  let known = null;
  const pause = () => new Promise((go) => setTimeout(go, 1000));
  const ask = async () => {
    const since = performance.now();
    try {
      const answer = await fetch('/~changes?' + (known ?? ''), { cache: 'no-store' });
      const now = await answer.text();
      if (known !== null && now !== known) return location.reload();
      known = now;
    } catch { /* It may come back. */ }
    if (performance.now() - since < 1000) await pause();
    ask();
  };
  ask();
})();
