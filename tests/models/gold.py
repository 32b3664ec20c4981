"""Sentences with their words aligned by hand.

GOLD: short everyday ones with their content words: (English, Chinese, {Chinese word: English word}).
"""

GOLD = (
    ("Tom chases Jerry.", "汤姆追逐杰瑞。", {"汤姆": "Tom", "追逐": "chases", "杰瑞": "Jerry"}),
    ("Jerry chases Tom.", "杰瑞追逐汤姆。", {"杰瑞": "Jerry", "追逐": "chases", "汤姆": "Tom"}),
    ("I like dogs.", "我喜欢狗。", {"我": "I", "喜欢": "like", "狗": "dogs"}),
    ("She is a teacher.", "她是一名老师。", {"她": "She", "老师": "teacher"}),
    ("He drinks coffee.", "他喝咖啡。", {"他": "He", "喝": "drinks", "咖啡": "coffee"}),
    ("The cat is sleeping.", "猫在睡觉。", {"猫": "cat", "睡觉": "sleeping"}),
    ("My father is a doctor.", "我父亲是医生。", {"我": "My", "父亲": "father", "医生": "doctor"}),
    ("We live in Tokyo.", "我们住在东京。", {"我们": "We", "住": "live", "东京": "Tokyo"}),
    ("They are students.", "他们是学生。", {"他们": "They", "学生": "students"}),
    ("Mary reads a book.", "玛丽看书。", {"玛丽": "Mary", "书": "book"}),
    ("This apple is red.", "这个苹果是红色的。", {"苹果": "apple", "红色": "red"}),
    ("I want to eat fish.", "我想吃鱼。", {"我": "I", "想": "want", "吃": "eat", "鱼": "fish"}),
    ("The train is late.", "火车晚了。", {"火车": "train", "晚": "late"}),
    ("Tom speaks French.", "汤姆说法语。", {"汤姆": "Tom", "说": "speaks", "法语": "French"}),
    ("I have two brothers.", "我有两个兄弟。", {"我": "I", "有": "have", "两": "two", "兄弟": "brothers"}),
    ("She likes music.", "她喜欢音乐。", {"她": "She", "喜欢": "likes", "音乐": "music"}),
    ("He can swim.", "他会游泳。", {"他": "He", "会": "can", "游泳": "swim"}),
    ("The water is cold.", "水很冷。", {"水": "water", "冷": "cold"}),
    ("I am reading a letter.", "我在看信。", {"我": "I", "信": "letter"}),
    ("Tom bought a new car.", "汤姆买了一辆新车。", {"汤姆": "Tom", "买": "bought", "新": "new", "车": "car"}),
    (
        "The children are playing in the park.",
        "孩子们在公园里玩。",
        {"孩子": "children", "公园": "park", "玩": "playing"},
    ),
    (
        "My sister works in a bank.",
        "我姐姐在银行工作。",
        {"我": "My", "姐姐": "sister", "银行": "bank", "工作": "works"},
    ),
    ("Where is the station?", "车站在哪里？", {"车站": "station", "哪里": "Where"}),
    ("Do you know Mary?", "你认识玛丽吗？", {"你": "you", "认识": "know", "玛丽": "Mary"}),
    (
        "Yesterday I went to school.",
        "昨天我去了学校。",
        {"昨天": "Yesterday", "我": "I", "去": "went", "学校": "school"},
    ),
    ("The dog is big.", "狗很大。", {"狗": "dog", "大": "big"}),
    ("Tom wrote a letter.", "汤姆写了一封信。", {"汤姆": "Tom", "写": "wrote", "信": "letter"}),
    ("She closed the door.", "她关上了门。", {"她": "She", "关": "closed", "门": "door"}),
    ("I will come tomorrow.", "我明天会来。", {"我": "I", "明天": "tomorrow", "来": "come"}),
    ("He is my friend.", "他是我的朋友。", {"他": "He", "我": "my", "朋友": "friend"}),
    ("It is raining.", "正在下雨。", {"下雨": "raining"}),
    ("Birds fly in the sky.", "鸟在天空飞。", {"鸟": "Birds", "天空": "sky", "飞": "fly"}),
    ("Tom helped Mary.", "汤姆帮助了玛丽。", {"汤姆": "Tom", "帮助": "helped", "玛丽": "Mary"}),
    ("I need money.", "我需要钱。", {"我": "I", "需要": "need", "钱": "money"}),
    ("The movie was interesting.", "电影很有趣。", {"电影": "movie", "有趣": "interesting"}),
    ("She bought a red hat.", "她买了一顶红帽子。", {"她": "She", "买": "bought", "红": "red", "帽子": "hat"}),
    ("Who broke the window?", "谁打破了窗户？", {"谁": "Who", "打破": "broke", "窗户": "window"}),
    ("We are hungry.", "我们饿了。", {"我们": "We", "饿": "hungry"}),
    ("The book is on the table.", "书在桌子上。", {"书": "book", "桌子": "table"}),
    ("He lost his key.", "他弄丢了钥匙。", {"他": "He", "钥匙": "key"}),
)

FREE = (
    ("I don't see any point in persuading him.", "我认为没有必要游说他。", "我:0 没有:1,3 必要:4 游:6 说:6 他:7"),
    ("Is there anything you want me to buy?", "有什么你想让我买的吗？", "有:0,1 什么:2 你:3 想:4 我:5 买:7 吗:0,8"),
    ("He entirely lost his temper with me.", "他向我大发脾气。", "他:0 向:5 我:6 大:1 发:2 脾气:4"),
    ("What does he have in his hand?", "他手里拿着什么？", "他:2,5 手里:4,6 拿:3 什么:0"),
    (
        "In the previous meeting, we already discussed the organizational problem within our company.",
        "在上次会议中我们已经讨论了我们集团的组织问题。",
        "在:0,11 上次:1,2 会议:3 中:0,11 我们:5 已经:6 讨论:7 我们:12 集:13 团:13 的:12 组织:9 问题:10",
    ),
    (
        "You talk as if you knew everything.",
        "你说得你好像什么都知道似的。",
        "你:0 说:1 你:4 好像:2,3 什么:6 都:6 知道:5 似:2,3",
    ),
    (
        "They installed a vending machine at work.",
        "他们在办公室安装了一台自动贩卖机。",
        "他们:0 在:5 办公室:6 安:1 装:1 了:1 一台:2 自:3 动:3 贩:3 卖:3 机:4",
    ),
    (
        "At that time, Tom was sitting between Mary and John.",
        "在那个时候，汤姆正坐在玛丽和约翰中间。",
        "在:0 那个:1 时候:2 汤姆:4 正:5 坐在:6 玛丽:8 和:9 约翰:10 中:7 间:7",
    ),
    (
        "Where have you been? We've been looking everywhere for you!",
        "你去哪了？我们到处在找你。",
        "你:2 去:3 哪:0 了:1,3 我们:5 到处:8 在:5,6 找:7,9 你:10",
    ),
    ("I did not mean to suggest anything.", "我没想提任何建议。", "我:0 没想:1,2,3 提:5 任何:6 建议:5"),
    (
        "She loves the doll like her own sister.",
        "她像喜爱自己的亲妹妹一样喜欢这个娃娃。",
        "她:0 像:4 喜爱:1 自己:5,6 的:5,6 亲:6 妹妹:7 一样:4 喜欢:1 这个:2 娃娃:3",
    ),
    ("Those old laws were all done away with.", "那些旧法都被废除了。", "那些:0 旧:1 法:2 都:4 被:3 废:5,6 除了:5,6"),
    (
        "The population of the world will double before long.",
        "世界人口将在不久的将来增加两倍。",
        "世界:2,4 人口:1 将:5 在:7 不久:7,8 将来:5,7,8 增加:6 两:6 倍:6",
    ),
    (
        "Tom has a lot of experience in computers.",
        "汤姆对电脑有很多经验。",
        "汤姆:0 对:6 电脑:7 有:1 很多:2,3,4 经验:5",
    ),
    (
        "He called in to say he could not attend the meeting.",
        "他打电话来说不能参加会议。",
        "他:0 打电话:1,2 来说:3,4 不能:6,7 参加:8 会议:10",
    ),
    ("If you don't want to talk about it, that's OK.", "你不想跟我说就不用说。", "你:1 不想:2,3 说:5 说:5"),
    (
        "I am tired after swimming in that river.",
        "在河里游完泳后，我累了。",
        "在:5 河里:5,7 游:4 完:3,4 泳:4 后:3 我:0 累:2 了:1",
    ),
    ("We got on the bus at Shinjuku.", "我们在新宿上公共汽车了。", "我们:0 在:5 新:6 宿:6 上:1,2 公共汽车:4 了:1"),
    ("Do you go to the movies often?", "你常常去电影院吗？", "你:1 常常:6 去:2 电影院:4,5 吗:0,7"),
    ("She is fond of singing old songs.", "她喜欢唱老歌。", "她:0 喜欢:1,2,3 唱:4 老:5 歌:6"),
    ("Do you know what sadness feels like?", "你知道悲伤的滋味么？", "你:1 知道:2 悲伤:4 的:5 滋:3,5,6 味:3,5,6 么:7"),
    ("Tom had never lied to me before.", "汤姆以前从不向我说谎。", "汤姆:0 以前:6 从不:2 向:4 我:5 说谎:3"),
    (
        "I asked Tom if I could borrow his car.",
        "我问汤姆能不能借他的车。",
        "我:0 问:1 汤姆:2 能:3,5 不能:3,5 借:6 他:7 的:7 车:8",
    ),
    (
        "The Mississippi is the longest river in the United States.",
        "密西西比河是全美国最长的河。",
        "密:1 西:1 西:1 比:1 河:5 是:2 全:6 美国:8,9 最:4 长:4 河:5",
    ),
    ("Do you have time in the morning?", "你上午有时间吗？", "你:1 上午:4,6 有:2 时间:3 吗:0,7"),
    (
        "Tom said he'd think about my suggestion.",
        "汤姆说他会考虑我的问题。",
        "汤姆:0 说:1 他会:2 考虑:3,4 我:5 的:5 问题:6",
    ),
    (
        "The firefighters put out the fire in the blink of an eye.",
        "消防员一眨眼的功夫就把火给灭了。",
        "消:1 防:1 员:1 一:10 眨:8 眼:11 的:9 功:8 夫:8 火:5 给:2,3 灭:2,3 了:2,3",
    ),
    (
        "My dog often lies on the grass.",
        "我家的狗经常躺在草地上。",
        "我家:0 的:0 狗:1 经常:2 躺:3 在:4 草:6 地上:4,5,6",
    ),
    ("I want a cup of cold black tea.", "我要一杯冰红茶。", "我要:0,1 一杯:2,3,4 冰:5 红:6 茶:7"),
    ("Tom has decided to become a vegan.", "汤姆决定了成为纯素食者。", "汤姆:0 决定:1,2 了:1,2 成为:4 纯:6 素食者:6"),
    ("The paint was coming off the wall.", "油漆从墙上脱落。", "油:1 漆:1 从:4 墙上:4,6 脱:3,4 落:3,4"),
    (
        "When I first came back to Boston, I was really lonely.",
        "当我第一次回波士顿时，我真是孤独。",
        "当:0 我:1 第一次:2 回:3,4 波士顿:6 时:0 我:8 真是:10 孤独:11",
    ),
    ("It comes natural to him to speak French.", "说法语对他来说很自然。", "说:6 法语:7 对:3 他:4 来说:3 自然:2"),
    ("He gave it to me for nothing.", "他免费把它给了我。", "他:0 免费:5,6 它:2 给:1,3 了:1 我:4"),
)
"""Sentences that are translated more freely, with all their words aligned by hand: (English, Chinese, links). "没有:1,3" says
that 没有 stands for the English words 1 or 3, counted from 0 with marks of punctuation as words of their own; the Chinese is
in the text's order, and what is not mentioned stands for no word. Sentences: Tatoeba contributors, CC BY 2.0 FR."""
