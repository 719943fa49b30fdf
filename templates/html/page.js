(() => {
  const d = document, root = d.documentElement, $ = (s) => d.querySelector(s), $$ = (s) => [...d.querySelectorAll(s)];
  const box = $('#q'), hits = $('#hits'), list = $('#hits ul'), say = $('#hits p'), fold = $('#fold');
  const index = JSON.parse($('#index').textContent).map((e) => [...e, (e[0] + ' ' + e[2] + ' ' + e[3]).toLowerCase()]);
  $$('[data-js]').forEach((e) => { e.hidden = false; });

  const search = () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    hits.hidden = !words.length;
    const found = words.length ? index.filter((e) => words.every((w) => e[4].includes(w))) : [];
    say.textContent = found.length === 1 ? '1 match' : found.length + ' matches';
    list.replaceChildren(...found.slice(0, 50).map((e) => {
      const item = d.createElement('li'), link = d.createElement('a'), kind = d.createElement('span');
      link.href = '#' + e[1];
      link.append(Object.assign(d.createElement('bdi'), { textContent: e[0] }));
      kind.textContent = e[3];
      link.append(kind);
      item.append(link);
      return item;
    }));
  };
  const close = () => { hits.hidden = true; };
  box.addEventListener('input', search);
  box.addEventListener('focus', search);
  list.addEventListener('click', close);
  d.addEventListener('click', (e) => { if (!e.target.closest('.find')) close(); });
  d.addEventListener('keydown', (e) => {
    if (e.key === '/' && !/^(INPUT|TEXTAREA)$/.test(d.activeElement.tagName)) {
      e.preventDefault();
      box.focus();
      box.select();
    } else if (e.key === 'Escape' && !hits.hidden) {
      close();
      box.value = '';
      box.focus();
      close();
    } else if (e.key === 'Enter' && d.activeElement === box) {
      const first = list.querySelector('a');
      if (first) first.click();
      box.blur();
    }
  });

  const reveal = () => {
    const target = d.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let e = target; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true;
    target.scrollIntoView();
  };
  addEventListener('hashchange', reveal);
  if (location.hash) reveal();

  const trees = () => $$('main details');
  let all = false;
  fold.addEventListener('click', () => {
    all = !all;
    trees().forEach((e) => { e.open = all; });
    fold.textContent = all ? 'Collapse all' : 'Expand all';
  });
  let closed = [];
  addEventListener('beforeprint', () => {
    closed = trees().filter((e) => !e.open);
    closed.forEach((e) => { e.open = true; });
  });
  addEventListener('afterprint', () => closed.forEach((e) => { e.open = false; }));
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
