"""Words about fetching models by name."""

WORDS = {
    "app.key.fetch": ("yes, fetch", "是，下载"),
    "app.key.not-fetch": ("no, or end it", "否，或结束下载"),
    "app.fetch.title": ("Not on this disk: fetch it?", "本机没有：要下载吗？"),
    "app.fetch.asking": ("Asking the Hub how large it is ...", "正在向 Hub 询问大小 ..."),
    "app.fetch.size": (
        "{repo}: {missing} to fetch, {whole} in all",
        "{repo}：需下载 {missing}，共 {whole}",
    ),
    "app.fetch.room": ("{needed} of {free} free on the disk", "需要 {needed}，磁盘可用 {free}"),
    "app.fetch.no-room": (
        "Too little room ({spare} must stay free): free some, or set HF_HOME to a larger disk.",
        "空间不足（须留出 {spare}）：请清理磁盘，或把 HF_HOME 设到更大的磁盘。",
    ),
    "app.fetch.progress": (
        "{repo}: {share} of {total}, {rate}/s, left {left}",
        "{repo}：{total} 的 {share}，{rate}/秒，剩余 {left}",
    ),
    "app.fetch.yes": ("Yes, fetch (y)", "是，下载（y）"),
    "app.fetch.no": ("No (n)", "否（n）"),
    "app.fetch.cancel": ("End the download; what has arrived is kept (n)", "结束下载，已下载的会保留（n）"),
    "app.fetch.declined": (
        "Nothing was fetched: {repos}. Start again to fetch, or name a directory.",
        "未下载：{repos}。再次开始即可下载，或改填本地目录。",
    ),
    "hub.ask": (
        "{repo} is not on this disk. Fetch {missing}? {free} are free. [y/N] ",
        "本机没有 {repo}。要下载 {missing} 吗？磁盘可用 {free}。[y/N] ",
    ),
    "hub.silent": (
        "The Hub has sent nothing for {seconds:g} s: asked again ({attempt} of {of}).",
        "Hub 已 {seconds:g} 秒没有发送数据：再次请求（第 {attempt} 次，共 {of} 次）。",
    ),
    "hub.open-token": (
        "Your Hub token goes to {endpoint} unencrypted: use https, or unset HF_TOKEN and log out.",
        "您的 Hub 令牌将以明文发送到 {endpoint}：请改用 https，或取消 HF_TOKEN 并退出登录。",
    ),
    "hub.fetching": ("Fetching {repo}: {missing}.", "正在下载 {repo}：{missing}。"),
    "problem.hub-declined": (
        "{repo} was not fetched: give --yes to agree to {missing_bytes}, or the directory of a copy.",
        "未下载 {repo}：用 --yes 表示同意下载 {missing_bytes}，或给出本地副本的目录。",
    ),
    "problem.hub-gated": (
        "{repo} is gated: accept its terms on its page, then log in with `hf auth login` or set HF_TOKEN.",
        "{repo} 需要授权：请先在其页面接受条款，再用 hf auth login 登录或设置 HF_TOKEN。",
    ),
    "problem.hub-not-found": (
        "The Hub knows no {repo}, or it is private: check the name, or log in with `hf auth login`.",
        "Hub 上没有 {repo}，或者它是私有的：请检查名称，或用 hf auth login 登录。",
    ),
    "problem.hub-no-revision": (
        "{repo} has no such revision: leave the revision out, or name a branch, tag or commit of it.",
        "{repo} 没有该版本：请去掉版本，或给出它的分支、标签或提交。",
    ),
    "problem.hub-unreachable": (
        "The Hub cannot be reached for {repo}: check the network, or name a mirror with HF_ENDPOINT.",
        "无法连接 Hub 获取 {repo}：请检查网络，或用 HF_ENDPOINT 指定镜像。",
    ),
    "problem.hub-refused": (
        "The Hub answered {status} for {repo}: try again later; what has arrived is kept.",
        "Hub 对 {repo} 的请求返回 {status}：请稍后再试；已下载的部分会保留。",
    ),
    "problem.hub-damaged": (
        "What arrived of {file} is not what {repo} holds, so it was thrown away: fetch it again.",
        "收到的 {file} 与 {repo} 中的不一致，已丢弃：请重新下载。",
    ),
    "problem.hub-silent": (
        "The Hub fell silent {times} times over {repo}: try again later; what has arrived is kept.",
        "获取 {repo} 时 Hub 有 {times} 次没有响应：请稍后再试；已下载的部分会保留。",
    ),
    "problem.hub-endpoint": (
        "HF_ENDPOINT is {endpoint}, which is no address of a Hub: give one that begins with https://.",
        "HF_ENDPOINT 是 {endpoint}，不是 Hub 的地址：请给出以 https:// 开头的地址。",
    ),
    "problem.hub-answer": (
        "The server's {field} for {repo} is {said}, which cannot be right, so it was not used: "
        "check HF_ENDPOINT, or name another mirror.",
        "服务器对 {repo} 给出的 {field} 是 {said}，不可能正确，因此没有采用："
        "请检查 HF_ENDPOINT，或换一个镜像。",
    ),
    "problem.hub-not-json": (
        "What {endpoint} sent for {repo} is no JSON, as a login page would be: check the network and "
        "HF_ENDPOINT.",
        "{endpoint} 对 {repo} 返回的不是 JSON（可能是登录页面）：请检查网络和 HF_ENDPOINT。",
    ),
    "problem.hub-too-large": (
        "{file} of {repo} has {size_bytes} or more where at most {most_bytes} may come: it was not kept; "
        "check HF_ENDPOINT, or name another mirror.",
        "{repo} 的 {file} 至少有 {size_bytes}，超过上限 {most_bytes}，因此没有保留："
        "请检查 HF_ENDPOINT，或换一个镜像。",
    ),
    "problem.hub-changed": (
        "{file} of {repo} became another while it was fetched: fetch it again.",
        "{repo} 的 {file} 在下载过程中发生了变化：请重新下载。",
    ),
    "problem.hub-no-space": (
        "{repo} needs {needed_bytes} and {path} has {free_bytes} free: free some, or set HF_HOME to "
        "a larger disk.",
        "{repo} 需要 {needed_bytes}，而 {path} 只有 {free_bytes} 可用："
        "请清理磁盘，或把 HF_HOME 设到更大的磁盘。",
    ),
}
