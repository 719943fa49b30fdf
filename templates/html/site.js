(() => {
  const d = document, root = d.documentElement, $ = (s) => d.querySelector(s);
  const box = $('#q'), hits = $('#hits'), list = $('#hits ul'), say = $('#hits p');
  const { pages, entries } = JSON.parse($('#index').textContent);
  const index = entries.map((e) => [...e, [e[0], e[3], e[4], pages[e[1]][1]].join(' ').toLowerCase()]);
  d.querySelectorAll('[data-js]').forEach((e) => { e.hidden = false; });

  const entry = (e) => {
    const item = d.createElement('li'), link = d.createElement('a'), kind = d.createElement('span');
    const [file, title] = pages[e[1]];
    link.href = file + (e[2] && '#' + e[2]);
    link.append(Object.assign(d.createElement('bdi'), { textContent: e[0] }));
    kind.textContent = e[4] + ' · ' + title;
    link.append(kind);
    item.append(link);
    return item;
  };
  const search = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    hits.hidden = !words.length;
    const found = words.length ? index.filter((e) => words.every((w) => e[5].includes(w))) : [];
    const rank = (e) => { const t = e[0].toLowerCase(), q = words.join(' '); return t === q ? 0 : t.startsWith(q) ? 1 : t.includes(q) ? 2 : words.every((w) => t.includes(w)) ? 3 : 4; };
    say.textContent = found.length === 1 ? '1 match' : found.length + ' matches';
    list.replaceChildren(...found.sort((a, b) => rank(a) - rank(b)).slice(0, 50).map(entry));
  };
  const step = (by) => {
    const links = [box, ...list.querySelectorAll('a')];
    const at = links.indexOf(d.activeElement);
    if (at >= 0) links[Math.min(Math.max(at + by, 0), links.length - 1)].focus();
    return at >= 0;
  };
  box.addEventListener('input', search);
  box.addEventListener('focus', search);
  d.addEventListener('click', (e) => { if (!e.target.closest('.find')) hits.hidden = true; });
  d.addEventListener('keydown', (e) => {
    if (e.key === '/' && d.activeElement !== box) {
      e.preventDefault();
      box.focus();
      box.select();
    } else if (e.key === 'Escape' && !hits.hidden) {
      box.value = '';
      box.focus();
      hits.hidden = true;
    } else if (e.key === 'Enter' && d.activeElement === box) {
      const first = list.querySelector('a');
      if (first) first.click();
    } else if ((e.key === 'ArrowDown' || e.key === 'ArrowUp') && step(e.key === 'ArrowDown' ? 1 : -1)) {
      e.preventDefault();
    }
  });
  if (innerWidth < 960) $('nav details').open = false;

  const remember = (theme) => { try { return theme ? localStorage.setItem('theme', theme) : localStorage.getItem('theme'); } catch { return null; } };
  const apply = (theme) => { if (theme) root.dataset.theme = theme; };
  apply(remember());
  $('#theme').addEventListener('click', () => {
    const now = root.dataset.theme || (matchMedia('(prefers-color-scheme:dark)').matches ? 'dark' : 'light');
    apply(now === 'dark' ? 'light' : 'dark');
    remember(root.dataset.theme);
  });
})();
