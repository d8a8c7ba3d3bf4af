"""What the evidence store says of itself."""

WORDS = {
    "problem.store-newer": (
        "{path} was written by a later basefit (form {version}; this one knows up to {known}): it was left "
        "as it is; update basefit, or set BASEFIT_HOME to another folder.",
        "{path} 由更新版本的 basefit 写成（格式 {version}，本版本最多支持 {known}）：文件未被改动；"
        "请升级 basefit，或用 BASEFIT_HOME 指定另一文件夹。",
    ),
    "problem.store-foreign": (
        "{path} is a database, but not basefit's ({detail}): it was left as it is; move it away, or set "
        "BASEFIT_HOME to another folder.",
        "{path} 是数据库，但不是 basefit 的（{detail}）：文件未被改动；请将其移走，"
        "或用 BASEFIT_HOME 指定另一文件夹。",
    ),
    "problem.store-held": (
        "Another program holds the evidence store {path}: end it and run the same command again, or set "
        "BASEFIT_HOME to another folder.",
        "另一个程序占用着证据库 {path}：请结束它后重新运行同一命令，或用 BASEFIT_HOME 指定另一文件夹。",
    ),
    "problem.measured-elsewhere": (
        "{subject} is being measured by another basefit (process {pid}): its progress is shown here and "
        "its result taken.",
        "另一个 basefit（进程 {pid}）正在测量 {subject}：此处显示其进度并采用其结果。",
    ),
    "problem.in-the-way-elsewhere": (
        "{subject} is being measured differently by another basefit (process {pid}): this begins when that "
        "has ended.",
        "另一个 basefit（进程 {pid}）正以不同方式测量 {subject}：待其结束后再开始。",
    ),
    "problem.store-waiting": (
        "Another program holds the evidence store {path}: what is measured is kept in memory and written "
        "as soon as it lets go.",
        "另一个程序占用着证据库 {path}：测得的结果先留在内存中，待其释放后立即写入。",
    ),
    "problem.own-set-aside": (
        "{path} cannot be used, so it was set aside as {aside}: mend it there and give it its name back; "
        "until then all goes on without it.",
        "{path} 无法使用，已改名为 {aside}：修正后请改回原名；在此之前将不使用它。",
    ),
    "problem.state-set-aside": (
        "What the app remembers in {path} could not all be read ({entries}): it was set aside as {aside}, "
        "and what could be read is kept.",
        "{path} 中应用记住的设置有些无法读取（{entries}）：原文件已改名为 {aside}，能读取的内容已保留。",
    ),
    "problem.store-full": (
        "The disk of the evidence store {path} is full: what is measured is kept in memory and written as "
        "soon as there is room; free some.",
        "证据库 {path} 所在磁盘已满：测得的结果先留在内存中，一有空间就写入；请清理磁盘。",
    ),
    "problem.store-put-elsewhere": (
        "The evidence store could not be written: {count} rows were put in {path}; move that file into "
        "{home} once there is room, and the next basefit command takes them in.",
        "无法写入证据库：{count} 行已存入 {path}；有空间后请将该文件移入 {home}，"
        "下次运行 basefit 时会自动并入。",
    ),
    "problem.store-unkept": (
        "Nothing can be written in {path}: what was kept there is used, and nothing new is kept; to keep "
        "it, make the folder writable, free some space, or set BASEFIT_HOME to another one.",
        "无法写入 {path}：仍使用其中已有的内容，但不保存新结果；如需保存，请使该文件夹可写、"
        "腾出空间，或用 BASEFIT_HOME 指定另一文件夹。",
    ),
    "problem.store-put-by": (
        "The evidence store could not be written: {count} rows were put in {path}, and the next basefit "
        "command takes them in.",
        "无法写入证据库：{count} 行已存入 {path}，下次运行 basefit 时会自动并入。",
    ),
    "problem.store-rows-skipped": (
        "Damaged rows of {path} were left out: {count} ({ids}); everything else in it was read.",
        "{path} 中有损坏的行未被采用：{count} 行（{ids}）；其余均已读取。",
    ),
    "problem.store-set-aside": (
        "The evidence store was damaged: it was set aside as {path}, and a new one begun.",
        "证据库已损坏：原文件保留为 {path}，并新建了一个。",
    ),
}
