(() => {
  let known = null;
  const ask = async () => {
    try {
      const answer = await fetch('/~changes?' + (known ?? ''), { cache: 'no-store' });
      const now = await answer.text();
      if (known !== null && now !== known) return location.reload();
      known = now;
    } catch { await new Promise((go) => setTimeout(go, 1000)); }
    ask();
  };
  ask();
})();
