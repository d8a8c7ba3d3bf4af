# ruff: noqa: E501 - one scene a line is easier to judge than a wrapped one
"""The words the bundled instruction rows are composed from; written for this project.

A `Scene` is one thing that can happen, with objects and places that suit its verb, so that whatever is
drawn from it is a sentence a person could have written.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scene:
    """A verb with what fits it. `places` are (preposition, place); `flags`: `c` takes company, `f` the
    place may open the sentence, `l` its time is a long one, `b` it goes with 把. `by` are the organisations
    that do it; without them a person does.
    """

    did: str
    what: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    flags: str = ""
    by: tuple[str, ...] = ()


@dataclass(frozen=True)
class Subject:
    """Who did it; `their` is the possessive its company takes, or nothing: then no company that needs one."""

    who: str
    their: str = ""


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part)


def _places(text: str) -> tuple[tuple[str, str], ...]:
    """`in the yard, at school` -> (("in", "the yard"), ("at", "school"))."""
    pairs = (part.split(" ", 1) for part in _split(text))
    return tuple((preposition, place) for preposition, place in pairs)


def _scene(did: str, what: str, places: str, flags: str = "", by: str = "") -> Scene:
    return Scene(did, _split(what), _places(places), flags, _split(by))


EN_SUBJECTS = (
    *(
        Subject(n, "her")
        for n in _split("Anna, Mrs Okafor, Lucia, Grace, my aunt, the young doctor, Mei, Ingrid")
    ),
    *(
        Subject(n, "her")
        for n in _split("Sofia, Miss Finch, our neighbour, the postwoman, Hannah, Rosa, Yuki")
    ),
    *(
        Subject(n, "his")
        for n in _split("Ben, Mr Dalton, Omar, Pavel, my uncle, the old baker, Tom, Ahmed, Felix")
    ),
    *(
        Subject(n, "his")
        for n in _split("Uncle Joe, the night porter, Daniel, Professor Lind, the farmer, Kofi")
    ),
    *(Subject(n) for n in _split("the twins, two students, the Garcias, the nurses, the children")),
)
EN_COMPANY = _split(
    "two friends, {their} sister, {their} brother, a colleague, {their} grandmother, three classmates, a neighbour, "
    "an old friend, {their} cousin Leo, the new assistant, {their} father, some visitors, an old schoolmate"
)
EN_PARTNERS = _split(
    "two local farms, a Danish firm, the fire brigade, a group of volunteers, the state archive"
)
EN_TIMES = (
    *(("on", t) for t in _split("Monday, Tuesday, Wednesday, Friday morning, Sunday, Saturday, 3 May")),
    *(("at", t) for t in _split("noon, midnight, half past nine, the weekend, dawn, six o'clock")),
    *(("in", t) for t in _split("July, September, the summer of 1998, the spring, the afternoon")),
    *(
        ("", t)
        for t in _split("yesterday, last week, this morning, two days ago, last night, earlier today")
    ),
)
EN_LONG_TIMES = (
    *(("in", t) for t in _split("January, 2014, the autumn, 1987, June, August 2020")),
    *(
        ("", t)
        for t in _split("last year, a month ago, last spring, this week, three years ago, last Thursday")
    ),
)

EN_SCENES = (
    _scene("repaired", "the old clock, a broken chair, the garden lamp, the kitchen radio", "in the cellar, in the workshop, behind the house", "cf"),
    _scene("bought", "a red umbrella, two train tickets, a used piano, a kilo of cherries", "at the market, in Lyon, at the station shop", "c"),
    _scene("found", "a silver ring, an injured owl, an old map, a wallet full of coins", "under the bridge, on the beach, in the attic", "cf"),
    _scene("painted", "a bowl of lemons, a portrait of the mayor, three small boats, a map of the island", "in the studio, on the terrace, by the lake", "cf"),
    _scene("lost", "a pair of gloves, the house keys, a blue scarf, an expensive camera", "on the ferry, at the airport, in the park"),
    _scene("cooked", "a pot of lentil soup, a huge paella, fresh noodles, a pan of fried rice", "in the garden, at the campsite, on the boat", "cf"),
    _scene("planted", "forty tulips, an apple tree, a row of beans, some lavender", "along the fence, behind the church, near the well", "cf"),
    _scene("sold", "the family car, three paintings, a box of old records, twenty jars of honey", "at the fair, in Oslo, at the flea market", "c"),
    _scene("read", "a long poem, the whole report, a ghost story, the letter", "in the library, on the slow train, by the fire"),
    _scene("caught", "a large trout, seven crabs, a runaway goat, the last bus", "near the old mill, outside Cork", "c"),
    _scene("photographed", "a double rainbow, a family of foxes, the wedding guests, an empty factory", "from the roof, in the valley, near the river", "c"),
    _scene("cleaned", "the windows, a dusty statue, the fish tank, all the brushes", "in the entrance hall, at the office, in the waiting room", "c"),
    _scene("wrote", "a long letter, a song about rain, the first chapter, an angry email", "in a café, at the hotel, on the plane"),
    _scene("built", "a tree house, a stone oven, a wooden raft, a small greenhouse", "in the back yard, on the hill, beside the river", "cfl"),
    _scene("watched", "a silent film, the final match, a chess game, a puppet show", "at the cinema in Bath, on the roof, in a crowded pub", "c"),
    _scene("borrowed", "a ladder, the blue van, a Spanish dictionary, a warm coat", "from the hotel, from the library, from the school"),
    _scene("met", "a famous violinist, the new teacher, an old rival, the landlord", "in Vienna, at the bus stop, in the lift", "f"),
    _scene("carried", "a heavy trunk, the sleeping baby, two buckets of water, a birthday cake", "to the third floor, across the square, up the stairs", "c"),
    _scene("hid", "the presents, a spare key, the last biscuit, a bundle of letters", "under the stairs, behind the piano, in the barn"),
    _scene("taught", "the waltz, basic Italian, first aid, the rules of chess", "at the community centre, in Porto, at a summer camp", "cfl"),
    _scene("picked", "wild strawberries, a basket of plums, some mushrooms, the last grapes", "in the forest, on the south slope, at the farm", "cf"),
    _scene("flew", "", "to Rome, to Buenos Aires, to Nairobi, to Seoul, to Reykjavik", "cl"),
    _scene("walked", "", "to the lighthouse, along the canal, through the old town, around the lake", "c"),
    _scene("arrived", "", "in Lisbon, at the camp, at the border, in Kyoto", "c"),
    _scene("swam", "", "across the bay, in the river, to the small island, in the hotel pool", "c"),
    _scene("waited", "", "at the ticket office, outside the theatre, on platform four, in the rain", "c"),
    _scene("cycled", "", "to Utrecht, along the coast, over the pass, to the sea", "c"),
    _scene("moved", "", "to Toronto, to a smaller flat, to the countryside, to Marseille", "cl"),
    _scene("sang", "", "in the cathedral, at the village hall, on the ferry, at a wedding", "cf"),
    _scene("slept", "", "on the sofa, in a tent, at the airport, in the hay"),
    _scene("returned", "", "to Warsaw, to the office, to the farm, to the island", "c"),
    _scene("danced", "", "in the street, at the harvest festival, on the pier, under the old oak", "cf"),
    _scene("opened", "a new reading room, a photo exhibition, a room for children, a small café", "in the old town, in Bristol, near the main square", "clf", "the city museum, the public library, the university, the town council"),
    _scene("closed", "the swimming pool, two playgrounds, the north gate of the park, a car park", "in the suburbs, near the harbour", "lf", "the town council, the city, the park office"),
    _scene("published", "a guide to local birds, a history of the harbour, an atlas of rivers, a book of old recipes", "in Edinburgh, on its website", "cl", "a small publisher, the university, the local newspaper, the nature society"),
    _scene("hired", "eleven cleaners, a French cook, six guards, two young engineers", "in Leipzig, at a job fair", "l", "the local hospital, a large hotel, the airport, the railway company"),
    _scene("planned", "a charity run, a street party, a course for beginners, the autumn concert", "in the city centre, on the east bank", "clf", "the sports club, the village school, the town council, the music society"),
    _scene("restored", "a medieval bell, the painted ceiling, a steam engine, four stone lions", "in the main hall, at the old depot", "clf", "the city museum, a team of craftsmen, the heritage trust"),
    _scene("lent", "nine bronze figures, fifty chairs, a rare telescope, two old globes", "to a gallery in Lyon, to the youth club, to the summer school", "l", "the city museum, the university, the public library"),
    _scene("cancelled", "the summer fair, a public lecture, the flower show, all boat trips", "in Dover, on the south coast", "l", "the town council, the harbour office, the tourist board"),
)  # fmt: skip

ZH_SUBJECTS = tuple(
    Subject(n)
    for n in _split(
        "小李, 王芳, 张老师, 陈医生, 爷爷, 奶奶, 林娜, 老赵, 周师傅, 刘洋, 表姐, 小明, 邻居, 赵阿姨, 孙队长, "
        "吴刚, 何教授, 舅舅, 妹妹, 杨帆, 新来的实习生, 两位记者, 双胞胎姐妹, 几个学生, 徐奶奶, 店主, 马可"
    )
)
ZH_COMPANY = _split(
    "两个朋友, 同事, 三位同学, 同桌, 导游, 老战友, 隔壁的小孩, 一名助手, 老同学, 一位护士, 房东, 几位游客, 两个表弟, 教练"
)
ZH_PARTNERS = _split("两家工厂, 当地农民, 志愿者, 一所大学, 消防队")
ZH_TIMES = tuple(
    ("", t)
    for t in _split(
        "周一, 周三下午, 昨天, 今天早上, 上个月, 前天晚上, 中午, 星期天, 十点半, 五月三日, 刚才, 国庆节那天, "
        "天黑以前, 上周末, 三天前, 半夜, 星期六"
    )
)
ZH_LONG_TIMES = tuple(
    ("", t)
    for t in _split("去年, 今年三月, 二〇一四年, 上个月, 去年冬天, 三年前, 本周, 八月, 前年, 1998年夏天")
)


def _zh(did: str, what: str, places: str, flags: str = "", preposition: str = "在", by: str = "") -> Scene:
    """A Chinese scene: every place takes the same preposition, none after a verb of motion."""
    pairs = tuple((preposition, place) for place in _split(places))
    return Scene(did, _split(what), pairs, flags, _split(by))


ZH_SCENES = (
    _zh("修好了", "那台旧钟, 漏水的水管, 奶奶的收音机, 一张旧摇椅", "地下室, 车间里, 屋后", "cfb"),
    _zh("买了", "一把红伞, 两张火车票, 一架二手钢琴, 三斤樱桃", "早市上, 苏州, 车站旁边的小店", "c"),
    _zh("捡到了", "一枚银戒指, 一只受伤的猫头鹰, 一个钱包, 一串钥匙", "桥下, 沙滩上, 操场边", "cf"),
    _zh("画了", "一幅荷花, 校长的肖像, 三只小船, 一张岛的地图", "画室里, 阳台上, 湖边", "cf"),
    _zh("弄丢了", "一副手套, 家里的钥匙, 新买的相机, 身份证", "渡轮上, 机场, 公园里", "b"),
    _zh("煮了", "一锅红豆汤, 二十个鸡蛋, 一大盘饺子, 一壶姜茶", "院子里, 营地, 船上", "cf"),
    _zh("种下了", "四十棵树苗, 一株葡萄, 一排豆角, 几丛薄荷", "篱笆边, 山坡上, 井旁", "cf"),
    _zh("卖掉了", "家里的旧车, 三幅油画, 一箱唱片, 祖传的砚台", "集市上, 广州, 网上", "cb"),
    _zh("读完了", "一本长篇小说, 整份报告, 那封信, 一首叙事诗", "图书馆, 夜车上, 炉子旁", ""),
    _zh("抓住了", "一条大鲤鱼, 七只螃蟹, 逃跑的山羊, 一个小偷", "磨坊附近, 水库边, 村口", "c"),
    _zh("拍下了", "一道彩虹, 一窝小狐狸, 婚礼的全过程, 废弃的工厂", "楼顶, 山谷里, 江边", "c"),
    _zh("擦干净了", "所有的窗户, 那尊铜像, 教室的黑板, 茶几", "大厅里, 办公室, 二楼", "cb"),
    _zh("写了", "一封长信, 一首关于雨的歌, 小说的第一章, 一份说明", "咖啡馆里, 旅馆, 飞机上", ""),
    _zh("搭起了", "一座树屋, 一个石头灶, 一顶帐篷, 一间小温室", "后院, 小山上, 河滩上", "cf"),
    _zh("看了", "一部老电影, 决赛, 一场木偶戏, 一盘棋", "影剧院, 宿舍里, 茶馆", "c"),
    _zh("借到了", "一架梯子, 一辆面包车, 一本俄语词典, 一件大衣", "旅馆, 社区中心, 学校", ""),
    _zh("遇见了", "一位小提琴家, 新来的班主任, 多年前的对手, 房东太太", "成都, 公交站, 电梯里", "f"),
    _zh("藏好了", "备用钥匙, 最后一块月饼, 一沓信件, 生日礼物", "楼梯下面, 钢琴后面, 仓库里", "b"),
    _zh("摘了", "一篮杨梅, 几串葡萄, 不少蘑菇, 两筐桃子", "林子里, 南坡上, 农场", "cf"),
    _zh("飞往", "", "拉萨, 内罗毕, 首尔, 乌鲁木齐, 柏林", "c", ""),
    _zh("走到了", "", "灯塔下, 老城门, 湖的对岸, 山顶", "c", ""),
    _zh("来到", "", "厦门, 边防站, 老城区, 北戴河", "c", ""),
    _zh("游到了", "", "对岸, 小岛上, 河中央的沙洲", "c", ""),
    _zh("搬到了", "", "昆明, 一间小一点的公寓, 乡下, 学校附近", "cl", ""),
    _zh("回到了", "", "哈尔滨, 单位, 果园, 演播室", "c", ""),
    _zh("唱歌", "", "礼堂里, 村口的戏台上, 渡轮上, 一场婚礼上", "c"),
    _zh("跳舞", "", "广场上, 篝火旁, 码头上, 丰收节上", "c"),
    _zh("睡着了", "", "沙发上, 帐篷里, 候车室, 草垛上", ""),
    _zh("开设了", "一间阅览室, 一个少儿书屋, 一个摄影展, 一门陶艺课", "老城区, 青岛, 中心广场旁", "clf", by="市博物馆, 省图书馆, 少年宫, 文化馆"),
    _zh("出版了", "一本鸟类图鉴, 一部港口史, 一套河流地图, 一册老菜谱", "南京, 上海", "l", by="一家出版社, 这所大学, 自然学会"),
    _zh("招聘了", "十一名保洁员, 一位厨师, 六名保安, 两位年轻工程师", "西安, 招聘会上", "l", by="县医院, 这家酒店, 机场, 铁路局"),
    _zh("修复了", "一口古钟, 彩绘天花板, 一台蒸汽机车, 四只石狮子", "大厅里, 老车库", "cl", by="市博物馆, 文物局, 一支工匠队"),
    _zh("举办了", "一场公益长跑, 秋季音乐会, 一次讲座, 剪纸比赛", "市中心, 河东, 新体育馆", "clf", by="少年宫, 第三中学, 村委会, 文化馆"),
    _zh("取消了", "灯会, 一场公开课, 花展, 所有的游船项目", "大连, 南海岸", "l", by="旅游局, 文化馆, 市政府"),
)  # fmt: skip
